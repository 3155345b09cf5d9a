/* The yardstick: what this CPU's multiply-add units do when nothing else gets in their way. */
#ifndef PEAK_H
#define PEAK_H

/* The vectors that peak_gflops works in: "AVX-512", "AVX2" or "portable"; static. */
const char *peak_vectors(void);

/* 10^9 float operations per second of so many threads at once; takes about 0.1 s. */
double peak_gflops(int threads);

#endif
