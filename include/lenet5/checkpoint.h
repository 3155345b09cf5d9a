/*
 * Checkpoints: a run that ends early, killed at any moment, goes on from one as if nothing had happened.
 * The resumed run ends with the same bits as one that was never interrupted, on any number of threads
 * (same machine, same build).
 *
 *     static int on_progress(void *user, const struct lenet5_progress *now)
 *     {
 *         return now->epoch_done && lenet5_checkpoint_save(user, &error);
 *     }
 *
 *     if (lenet5_checkpoint_open(&checkpoint, trainer, "run.checkpoint", &error))
 *         ...
 *     if (again && lenet5_checkpoint_resume(checkpoint, LENET5_CHECKPOINT_NEWEST, &error))
 *         ...
 *     lenet5_trainer_run(trainer, &result, on_progress, checkpoint, &error);
 *
 * docs/checkpoint-file.md describes the file.
 */
#ifndef LENET5_CHECKPOINT_H
#define LENET5_CHECKPOINT_H

#include "status.h"
#include "trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The place where a trainer's checkpoints are kept: this process's alone until it is closed. */
struct lenet5_checkpoint;

/*
 * Takes PATH.lock, which another process that has the same path open holds, and removes temporary files
 * that killed processes left beside path. Reads and writes nothing else. A symbolic link is followed.
 * The trainer is borrowed and must outlive *checkpoint, which the caller closes.
 * Errors: IO (locked: the message names the process; no directory to write into; there, and no regular
 * file), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_checkpoint_open(struct lenet5_checkpoint **checkpoint,
                                                     struct lenet5_trainer *trainer,
                                                     const char *path, struct lenet5_error *error);

/* Gives up the lock; the files stay. Accepts NULL. */
LENET5_API void lenet5_checkpoint_close(struct lenet5_checkpoint *checkpoint);

/*
 * Keeps where the trainer's run stands. To be called from its progress function, after any batch and
 * any epoch. The file is written under another name, synced and renamed, and the one before becomes
 * PATH.previous, so that path holds a whole checkpoint at any moment. The first call also works out the
 * dataset's SHA-256, 0.2 s for MNIST; each takes memory for one file, released again.
 * Errors: IO (both old files stay as they were; see also lenet5_model_save), MEMORY, ARGUMENT (not
 * called from the progress function), DIVERGED (a parameter is not finite; nothing is written).
 */
LENET5_API enum lenet5_status lenet5_checkpoint_save(struct lenet5_checkpoint *checkpoint,
                                                     struct lenet5_error *error);

/* Which of the two files that a run leaves. */
enum lenet5_checkpoint_which {
    LENET5_CHECKPOINT_NEWEST,
    LENET5_CHECKPOINT_PREVIOUS, /* for when the newest is damaged */
};

/*
 * Puts the trainer where the checkpoint was taken: the next lenet5_trainer_run goes on from there, its
 * figures and results included. The file is checked whole, down to its SHA-256, before anything changes,
 * and after an error the trainer and its network are as they were.
 * The network's parameters are replaced. Network, dataset and all settings but `threads` must be those
 * of the run that saved it, and with the BLAS backend the kernels that OpenBLAS chose for the CPU.
 * Errors: NOT_FOUND, IO, MEMORY, DATA (damaged, or no checkpoint), ARGUMENT (something is not as it
 * was: the message says what, and both values).
 */
LENET5_API enum lenet5_status lenet5_checkpoint_resume(struct lenet5_checkpoint *checkpoint,
                                                       enum lenet5_checkpoint_which which,
                                                       struct lenet5_error *error);

#ifdef __cplusplus
}
#endif
#endif
