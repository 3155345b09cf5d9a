/*
 * Checkpoints: a training run that is stopped or killed resumes from its last checkpoint. The resumed
 * run ends with the same weights, bit for bit, as an uninterrupted one, on any number of threads (same
 * machine, same build).
 *
 *     static int on_progress(void *user, const struct lenet5_progress *now)
 *     {
 *         return now->epoch_done && lenet5_checkpoint_save(user, &error);
 *     }
 *
 *     if (lenet5_checkpoint_open(&checkpoint, trainer, "run.checkpoint", &error))
 *         ...
 *     if (resume && lenet5_checkpoint_resume(checkpoint, LENET5_CHECKPOINT_NEWEST, &error))
 *         ...
 *     lenet5_trainer_run(trainer, &result, on_progress, checkpoint, &error);
 *
 * docs/checkpoint-file.md describes the file format.
 */
#ifndef LENET5_CHECKPOINT_H
#define LENET5_CHECKPOINT_H

#include "status.h"
#include "trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The checkpoint file of one trainer, locked for this process until it is closed. */
struct lenet5_checkpoint;

/*
 * Locks path by creating PATH.lock, and removes the temporary files that killed processes left beside
 * path. It reads and writes no other file. A symbolic link is followed. The trainer is borrowed and must
 * outlive *checkpoint, which the caller closes.
 * Errors: IO (another process holds the lock: the message names it; the directory is missing or not
 * writable; path exists and is no regular file), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_checkpoint_open(struct lenet5_checkpoint **checkpoint,
                                                     struct lenet5_trainer *trainer,
                                                     const char *path, struct lenet5_error *error);

/* Releases the lock and frees checkpoint; the files stay. Accepts NULL. */
LENET5_API void lenet5_checkpoint_close(struct lenet5_checkpoint *checkpoint);

/*
 * Saves the state of the trainer's run. Call it from the progress function, after any batch or epoch.
 * The file is written under a temporary name, synced and renamed, and the checkpoint before it becomes
 * PATH.previous, so path holds a complete checkpoint at any moment. The first call also computes the
 * dataset's SHA-256 (0.2 s for MNIST). Each call allocates memory for one file and frees it.
 * Errors: IO (both old files are unchanged; see also lenet5_model_save), MEMORY, ARGUMENT (not called
 * from the progress function), DIVERGED (a parameter is not finite; nothing is written).
 */
LENET5_API enum lenet5_status lenet5_checkpoint_save(struct lenet5_checkpoint *checkpoint,
                                                     struct lenet5_error *error);

/* Which of the two checkpoint files to read. */
enum lenet5_checkpoint_which {
    LENET5_CHECKPOINT_NEWEST,   /* PATH */
    LENET5_CHECKPOINT_PREVIOUS, /* PATH.previous, for use when PATH is damaged */
};

/*
 * Restores the trainer and the network's parameters from a checkpoint: the next lenet5_trainer_run
 * continues there, and its result covers the whole run. The whole file, its SHA-256 included, is checked
 * before anything changes; after an error the trainer and its network are unchanged.
 * Network, dataset and all settings but `threads` must equal those of the run that saved the file; with
 * the BLAS backend, OpenBLAS must also use the same kernels for the CPU.
 * Errors: NOT_FOUND, IO, MEMORY, DATA (damaged, or not a checkpoint), ARGUMENT (something differs from
 * the saved run: the message says what, and gives both values).
 */
LENET5_API enum lenet5_status lenet5_checkpoint_resume(struct lenet5_checkpoint *checkpoint,
                                                       enum lenet5_checkpoint_which which,
                                                       struct lenet5_error *error);

#ifdef __cplusplus
}
#endif
#endif
