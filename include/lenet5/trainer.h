/*
 * Training: mini-batch gradient descent over a dataset, data-parallel and deterministic.
 *
 * A batch is cut into shards whose size depends on the batch size alone. Each shard adds up its own
 * gradient, and the shards' gradients are added in shard order, so the trained weights are the same
 * bit for bit on any number of threads (same machine, same build).
 */
#ifndef LENET5_TRAINER_H
#define LENET5_TRAINER_H

#include <stddef.h>
#include <stdint.h>

#include "classifier.h"
#include "dataset.h"
#include "network.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Each but the last follows PyTorch's definition: weight decay covers biases too and is added to the
 * gradient, except for AdamW, where it is decoupled. */
enum lenet5_optimizer {
    LENET5_OPTIMIZER_SGD,
    LENET5_OPTIMIZER_ADAM,
    LENET5_OPTIMIZER_ADAMW,
    /*
     * Stochastic diagonal Levenberg-Marquardt (LeCun et al. 1998, appendix C): every parameter has the
     * learning rate rate / (mu + h) of its own. h is the Gauss-Newton approximation of the loss's second
     * derivative by it, worked out by a squared back-propagation pass and averaged over
     * curvature_samples training samples, anew before each epoch's first step.
     */
    LENET5_OPTIMIZER_SDLM,
};

/*
 * What is made small, a mean over the samples. z are the logits, p = softmax(z), t the target: 1 for the
 * label and 0 for the C - 1 other classes, before label smoothing.
 */
enum lenet5_loss {
    LENET5_LOSS_CROSS_ENTROPY, /* -sum t log p */
    /* mean over classes of -(t log p + (1 - t) log(1 - p)), p kept within [1e-7, 1 - 1e-7]: binary
     * cross-entropy as textbooks write it (seed 0) */
    LENET5_LOSS_BCE_SOFTMAX,
    /* the same with sigmoid(z) in place of p: what tf.keras trains when a softmax output meets
     * binary_crossentropy, because it works on the logits behind the softmax (seed 0) */
    LENET5_LOSS_BCE_LOGITS,
    /* -sum t log softmax(p): cross-entropy over what went through a softmax already, as when PyTorch's
     * CrossEntropyLoss is given probabilities. Between 1.46 and 2.46 for 10 classes, with weak gradients;
     * here so that such results can be repeated */
    LENET5_LOSS_CROSS_ENTROPY_TWICE,
    LENET5_LOSS_MSE, /* mean over classes of (p - t)^2 */
    /* The 1998 paper's, for outputs that are negative distances (LENET5_LAYER_RBF): -sum t z, equation 8. Only
     * for a network whose last row is such a one; it has no lower bound elsewhere. */
    LENET5_LOSS_DISTANCE,
    /* -sum t z + log(exp(-map_j) + sum exp z): equation 9, maximum a posteriori. -map_j is the output of
     * one more class, "rubbish", which keeps distances that are large enough from being pushed on. */
    LENET5_LOSS_MAP,
};

/* Which samples are held out for validation. */
enum lenet5_holdout {
    LENET5_HOLDOUT_RANDOM, /* drawn by the seed */
    LENET5_HOLDOUT_LAST, /* the dataset's last, before any shuffling, as Keras's validation_split */
};

/* Which epoch's weights the network has in the end. */
enum lenet5_keep {
    LENET5_KEEP_BEST, /* by validation accuracy, then loss; the last without validation samples */
    LENET5_KEEP_LAST,
};

/* What is subtracted from the input x = scale * byte, border included, as shift = -mean. */
enum lenet5_centring {
    LENET5_CENTRING_NONE,  /* nothing: the network's own shift stays */
    LENET5_CENTRING_TRAIN, /* the mean over the samples trained on, for all samples */
    /* likewise in training, but validation samples lose their own mean, as seed 3 does it; to do so
     * for a test set, see lenet5_classifier_centre */
    LENET5_CENTRING_EACH,
};

/* The learning rate over the course of training, as a share of `rate`. */
enum lenet5_schedule {
    LENET5_SCHEDULE_CONSTANT,
    LENET5_SCHEDULE_STEP,   /* times step_gamma every step_epochs epochs */
    LENET5_SCHEDULE_COSINE, /* half a cosine from 1 to 0 */
    LENET5_SCHEDULE_ONE_CYCLE, /* cosine up from 1/25 to 1 over the first 30 %, then down to 1/250,000 */
    LENET5_SCHEDULE_TRIANGULAR, /* straight up from 0 to 1 over the first 20 %, then straight down to 0 */
    /* The 1998 paper's steps: 1 for 2 epochs, 0.4 for 3, 0.2 for 3, 0.1 for 4, then 0.02 */
    LENET5_SCHEDULE_LECUN1998,
};

/*
 * How training images are distorted, anew each time a sample is trained on: all uniformly between minus
 * and plus the value, and nothing where it is 0. The image is centred in the network's input first, so
 * nothing is cut off that fits there.
 */
struct lenet5_augmentation {
    double rotation;  /* degrees */
    double scale;     /* logarithm of the size: 0.1 = from 0.9 to 1.1 times */
    double stretch;   /* likewise, of the width and the inverse of the height */
    double shear;     /* pixels to the side for a pixel up */
    double translate; /* pixels, in both directions */
    double elastic;   /* standard deviation of a smooth displacement, pixels (Simard et al. 2003) */
    double
        elastic_sigma; /* how smooth: the deviation of the smoothing kernel, pixels; 0.6 or more */
    double erase;      /* share of images that lose a rectangle (Zhong et al. 2020), 0 to 1 */
};

/* A recipe: how a network is trained. lenet5_training_defaults() is the default one. */
struct lenet5_training {
    enum lenet5_backend backend;
    int threads; /* at most: fewer while others keep the CPUs busy; 0 = lenet5_default_threads() */
    int epochs;
    int batch_size;

    enum lenet5_loss loss;
    double map_j; /* MAP: the penalty of belonging to no class */
    enum lenet5_optimizer optimizer;
    double rate;         /* the learning rate */
    double momentum;     /* SGD */
    bool nesterov;       /* SGD */
    double beta1, beta2; /* Adam, AdamW */
    double epsilon;      /* Adam, AdamW: added to the square root of the corrected second moment, */
    bool epsilon_hat;    /* or, as in Keras, of the uncorrected one (Kingma & Ba's epsilon hat) */
    double mu;           /* SDLM: what keeps the rate from growing where h is small; above 0 */
    int curvature_samples; /* SDLM: those that h is averaged over, drawn by the seed */
    double weight_decay;

    enum lenet5_schedule schedule;
    double warmup; /* epochs of linear rise from 0 before it; ONE_CYCLE and TRIANGULAR need none */
    int step_epochs;
    double step_gamma;

    /* The target is (1 - label_smoothing) of the label plus that share spread evenly over all classes
     * (Szegedy et al. 2016); 0 = the label alone. Validation is without. */
    double label_smoothing;
    /* Each time a sample is trained on it is moved by -shift to shift pixels, drawn anew for both axes;
     * what leaves the network's input is lost. */
    int shift;

    struct lenet5_augmentation augmentation;

    uint64_t seed; /* of the validation split, the shuffling, the distortions and dropout */
    enum lenet5_centring centring;
    /* Samples held out for validation: below 1 a share of the dataset, else a number of samples.
     * Trained on are floor(samples * (1 - share)), as Keras counts. */
    double validation;
    enum lenet5_holdout holdout;
    enum lenet5_keep keep;
    int patience; /* stop after so many epochs without improvement; 0 = never. Needs validation. */
};

/* The default recipe: that of the preset "lenet5". */
LENET5_API struct lenet5_training lenet5_training_defaults(void);

/*
 * A copy of a dataset in which every image is distorted as training would, to look at: images (side, side)
 * with the original in the middle, drawn by the seed. The caller destroys *distorted.
 * Errors: ARGUMENT (images larger than side), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_dataset_distort(struct lenet5_dataset **distorted,
                                                     const struct lenet5_dataset *dataset,
                                                     const struct lenet5_augmentation *augmentation,
                                                     int side, uint64_t seed,
                                                     struct lenet5_error *error);

struct lenet5_trainer;

/*
 * Prepares training of a network on a dataset. Both are borrowed and must outlive the trainer; the
 * network's parameters are the start, and are updated by every step; with centring its shift is set.
 * One trainer serves one calling thread at a time. The caller destroys *trainer.
 * Errors: ARGUMENT (a setting out of its range, images larger than the network's input, more
 * classes than outputs, nothing left to train on, DISTANCE without an RBF row at the end), BLAS (more than one thread on a serial
 * OpenBLAS), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_trainer_create(struct lenet5_trainer **trainer,
                                                    struct lenet5_network *network,
                                                    const struct lenet5_dataset *dataset,
                                                    const struct lenet5_training *training,
                                                    struct lenet5_error *error);

/* Accepts NULL. */
LENET5_API void lenet5_trainer_destroy(struct lenet5_trainer *trainer);

/* Samples trained on per epoch. */
LENET5_API size_t lenet5_trainer_train_samples(const struct lenet5_trainer *trainer);

/* Samples held out for validation. */
LENET5_API size_t lenet5_trainer_validation_samples(const struct lenet5_trainer *trainer);

/*
 * Evaluates the present weights on `count` of the samples trained on (all, if there are fewer), as
 * validation does it on those held out: with the training's loss, without label smoothing, dropout and
 * distortion. In lenet5_trainer_run's progress function only when an epoch is done. Errors: MEMORY.
 */
LENET5_API enum lenet5_status lenet5_trainer_evaluate(struct lenet5_trainer *trainer,
                                                      struct lenet5_evaluation *evaluation,
                                                      size_t count, struct lenet5_error *error);

/*
 * One optimizer step on the samples with the given indices, 1 to batch_size of them, in that order:
 * the loss before the step goes to *loss (mean over the batch; may be NULL). Does not allocate.
 * Errors: ARGUMENT, DIVERGED (the loss is not finite; no parameter was changed).
 */
LENET5_API enum lenet5_status lenet5_trainer_step(struct lenet5_trainer *trainer,
                                                  const uint32_t *indices, int count, double *loss,
                                                  struct lenet5_error *error);

/*
 * The gradient (parameter_count) of the mean loss over the given samples, as lenet5_trainer_step
 * would use it; no parameter changes.
 * Errors: ARGUMENT.
 */
LENET5_API enum lenet5_status lenet5_trainer_gradient(struct lenet5_trainer *trainer,
                                                      float *gradient, const uint32_t *indices,
                                                      int count, double *loss,
                                                      struct lenet5_error *error);

/*
 * h of LENET5_OPTIMIZER_SDLM (parameter_count) by the given samples, any number of them, at the present
 * parameters; nothing is changed. Whatever the optimizer is, so that it can be looked at.
 * Errors: ARGUMENT, MEMORY.
 */
LENET5_API enum lenet5_status lenet5_trainer_curvature(struct lenet5_trainer *trainer,
                                                       float *curvature, const uint32_t *indices,
                                                       int count, struct lenet5_error *error);

/* Where training stands. Filled after every batch, and at the end of every epoch. */
struct lenet5_progress {
    int epoch, epochs;             /* epoch counts from 1 */
    int batch, batches;            /* of this epoch, from 1 */
    size_t samples;                /* trained on, of this epoch */
    double rate;                   /* the learning rate of the last step */
    double train_loss;             /* mean over this epoch so far, label smoothing included */
    double train_accuracy;         /* likewise, measured while the weights change */
    double seconds;                /* this epoch's, spent on training steps alone */
    double samples_per_second;     /* likewise */
    bool epoch_done;               /* the fields below count only then */
    double val_loss, val_accuracy; /* not a number without validation samples */
    bool best;                     /* the best epoch so far */
};

/* Called from the thread that called lenet5_trainer_run. Anything but 0 stops training there. */
typedef int lenet5_progress_function(void *user, const struct lenet5_progress *progress);

/* What a run came to. */
struct lenet5_result {
    int epochs;                        /* finished */
    int best_epoch;                    /* by validation, from 1; 0 = none was finished */
    int kept_epoch;                    /* whose weights the network has; 0 = none was finished */
    double train_loss, train_accuracy; /* of the last epoch, or what there was of it */
    double val_loss, val_accuracy;     /* of the kept epoch; NaN without validation samples */
    double train_seconds;              /* spent on training steps alone */
    double samples_per_second;         /* over those seconds */
};

/*
 * Trains for the epochs of the recipe: every epoch in a fresh order that follows from the seed, the
 * last partial batch included. progress may be NULL. At the end the network holds the parameters that
 * `keep` asks for; when stopped before the first epoch is done, the current ones.
 * After lenet5_checkpoint_resume it goes on from there instead; *result then covers the whole run.
 * Errors: STOPPED (progress asked for it; *result counts), DIVERGED (the loss is not finite: the
 * network holds the last kept epoch's parameters, or those it started from).
 */
LENET5_API enum lenet5_status lenet5_trainer_run(struct lenet5_trainer *trainer,
                                                 struct lenet5_result *result,
                                                 lenet5_progress_function *progress, void *user,
                                                 struct lenet5_error *error);

/*
 * The figures of the finished epochs of the last or current run, (*count); those before a checkpoint
 * that it resumed are among them. Owned by the trainer, valid until the next run.
 */
LENET5_API const struct lenet5_progress *lenet5_trainer_epochs(const struct lenet5_trainer *trainer,
                                                               int *count);

#ifdef __cplusplus
}
#endif
#endif
