/* The peak: the most fused multiply-adds per second that this CPU computes. */
#ifndef PEAK_H
#define PEAK_H

/* The vectors that peak_gflops uses: "AVX-512", "AVX2" or "portable"; static. */
const char *peak_vectors(void);

/* 10^9 float operations per second on all these threads together; takes about 0.1 s. */
double peak_gflops(int threads);

#endif
