/*
 * Training: mini-batch gradient descent over a dataset, data-parallel and deterministic.
 *
 * A batch is split into shards whose size depends on the batch size alone. Each shard sums its own
 * gradient, and the shards' gradients are added in the order of the shards. So the trained weights are
 * the same, bit for bit, on any number of threads (same machine, same build).
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

/* The rule that updates the parameters. SGD, Adam and AdamW follow PyTorch's definitions: weight decay
 * applies to biases too and is added to the gradient, except for AdamW, where it is decoupled. */
enum lenet5_optimizer {
    LENET5_OPTIMIZER_SGD,
    LENET5_OPTIMIZER_ADAM,
    LENET5_OPTIMIZER_ADAMW,
    /*
     * Stochastic diagonal Levenberg-Marquardt (LeCun et al. 1998, appendix C): the learning rate of each
     * parameter is rate / (mu + h). h is the Gauss-Newton approximation of the second derivative of the
     * loss by this parameter. It is a mean over curvature_samples training samples,
     * computed before the first step of each epoch by a backward pass that carries second derivatives.
     */
    LENET5_OPTIMIZER_SDLM,
};

/*
 * The training loss, averaged over the batch. z are the logits, p = softmax(z), t the target: 1 for the
 * label and 0 for the C - 1 other classes, before label smoothing.
 */
enum lenet5_loss {
    LENET5_LOSS_CROSS_ENTROPY, /* -sum t log p */
    /* mean over classes of -(t log p + (1 - t) log(1 - p)), p kept within [1e-7, 1 - 1e-7]: binary
     * cross-entropy as textbooks write it (seed 0) */
    LENET5_LOSS_BCE_SOFTMAX,
    /* the same with sigmoid(z) in place of p: what tf.keras trains with binary_crossentropy after a
     * softmax output, because it uses the logits before the softmax (seed 0) */
    LENET5_LOSS_BCE_LOGITS,
    /* -sum t log softmax(p): softmax applied twice, as when PyTorch's CrossEntropyLoss is given
     * probabilities. Between 1.46 and 2.46 for 10 classes, with weak gradients; only for repeating
     * results that were made so */
    LENET5_LOSS_CROSS_ENTROPY_TWICE,
    LENET5_LOSS_MSE, /* mean over classes of (p - t)^2 */
    /* -sum t z: equation 8 of the 1998 paper, for outputs that are negative distances. The network's
     * last layer must be LENET5_LAYER_RBF; for others the loss has no lower bound. */
    LENET5_LOSS_DISTANCE,
    /* -sum t z + log(exp(-map_j) + sum exp z): equation 9, maximum a posteriori. -map_j is the output of
     * one more class, "rubbish", so that distances which are large enough no longer grow. */
    LENET5_LOSS_MAP,
};

/* Which samples are held out for validation. */
enum lenet5_holdout {
    LENET5_HOLDOUT_RANDOM, /* drawn by the seed */
    LENET5_HOLDOUT_LAST, /* the dataset's last, before any shuffling, as Keras's validation_split */
};

/* Which epoch's parameters the network has after training. */
enum lenet5_keep {
    LENET5_KEEP_BEST, /* by validation accuracy, then loss; the last without validation samples */
    LENET5_KEEP_LAST,
};

/* The mean that is subtracted from the input x = scale * byte, padding included: the architecture's
 * shift becomes -mean. */
enum lenet5_centring {
    LENET5_CENTRING_NONE,  /* none: the architecture's shift is used as it is */
    LENET5_CENTRING_TRAIN, /* the mean of the training samples, for all samples */
    /* the mean of the training samples in training, the mean of the validation samples in validation,
     * as seed 3 does; for a test set see lenet5_classifier_centre */
    LENET5_CENTRING_EACH,
};

/* How the learning rate changes during training, as a factor of `rate`. */
enum lenet5_schedule {
    LENET5_SCHEDULE_CONSTANT,
    LENET5_SCHEDULE_STEP,       /* multiplied by step_gamma every step_epochs epochs */
    LENET5_SCHEDULE_COSINE,     /* half a cosine from 1 to 0 */
    LENET5_SCHEDULE_ONE_CYCLE,  /* cosine from 1/25 to 1 over the first 30 %, then to 1/250,000 */
    LENET5_SCHEDULE_TRIANGULAR, /* linear from 0 to 1 over the first 20 %, then to 0 */
    /* The 1998 paper's steps: 1 for 2 epochs, 0.4 for 3, 0.2 for 3, 0.1 for 4, then 0.02 */
    LENET5_SCHEDULE_LECUN1998,
};

/*
 * Augmentation: random changes of each training image, drawn again each time it is used. Every value
 * but elastic, elastic_sigma and erase is uniform between -value and +value; 0 = no such change. The
 * image is first centred in the network's input, so nothing that fits there is cut off.
 * Default: all 0, elastic_sigma 4.
 */
struct lenet5_augmentation {
    double rotation;  /* degrees */
    double scale;     /* logarithm of the size: 0.1 = 0.9 to 1.1 times */
    double stretch;   /* logarithm of width and 1 / height */
    double shear;     /* pixels to the side for a pixel up */
    double translate; /* pixels, in both directions */
    double elastic;   /* standard deviation of a smooth displacement, pixels (Simard et al. 2003) */
    double elastic_sigma; /* standard deviation of its Gaussian filter, pixels */
    double erase;         /* share of images that lose a rectangle (Zhong et al. 2020) */
    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/*
 * How a network is trained. Start from lenet5_training_defaults() or a preset and change fields. The
 * values in brackets are those of lenet5_training_defaults(). setting.h has the table of all settings
 * with their ranges; lenet5_trainer_create checks them.
 */
struct lenet5_training {
    enum lenet5_backend backend; /* [BLAS] */
    /* At most this many; fewer while other programs use the CPUs. [0 = lenet5_default_threads()] */
    int threads;
    int epochs;     /* passes over the training samples [2] */
    int batch_size; /* samples per step [32] */

    enum lenet5_loss loss;           /* [CROSS_ENTROPY] */
    double map_j;                    /* MAP: the penalty of belonging to no class [10] */
    enum lenet5_optimizer optimizer; /* [SGD] */
    double rate;                     /* learning rate, which the schedule multiplies [0.07] */
    double momentum;                 /* SGD [0.9] */
    bool nesterov;                   /* SGD: Nesterov momentum [true] */
    double beta1, beta2;             /* Adam, AdamW [0.9, 0.999] */
    double epsilon;   /* Adam, AdamW: added to the square root of the second moment [1e-8] */
    bool epsilon_hat; /* before bias correction, as Keras (Kingma & Ba's epsilon hat) [false] */
    double mu;        /* SDLM: keeps the rate finite where h is small [0.1] */
    int curvature_samples; /* SDLM: number of samples drawn for h [500] */
    double weight_decay;   /* added to the gradient, decoupled for AdamW [5e-4] */

    enum lenet5_schedule schedule; /* [TRIANGULAR] */
    /* Epochs of linear rise from 0 before the schedule; ONE_CYCLE and TRIANGULAR need none. [0] */
    double warmup;
    int step_epochs;   /* STEP: epochs between the steps [1] */
    double step_gamma; /* STEP: factor of a step [0.5] */

    /* The target is (1 - label_smoothing) for the label plus label_smoothing spread evenly over all
     * classes (Szegedy et al. 2016). Validation is without. [0.05] */
    double label_smoothing;
    /* Each training image is moved by -random_shift to random_shift whole pixels along both axes, drawn
     * again each time. Pixels that leave the network's input are lost. [1] */
    int random_shift;

    struct lenet5_augmentation augmentation; /* [none] */

    uint64_t seed; /* of the validation split, shuffling, augmentation and dropout [1] */
    enum lenet5_centring centring; /* [NONE] */
    /* Samples held out for validation: a share of the dataset below 1, or a number of samples from 1.
     * floor(samples * (1 - share)) are trained on, as in Keras. [0.1] */
    double validation;
    enum lenet5_holdout holdout; /* [RANDOM] */
    enum lenet5_keep keep;       /* [BEST] */
    int patience; /* stop after this many epochs without improvement; needs validation [0 = never] */

    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/* The settings of the preset "lenet5". */
LENET5_API struct lenet5_training lenet5_training_defaults(void);

/*
 * A copy of a dataset with augmented images (side, side), as training uses them: to look at them, or to
 * store them. The random numbers are drawn by the seed. The caller destroys *augmented.
 * Errors: ARGUMENT (images larger than side, reserved members not 0), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_dataset_augment(struct lenet5_dataset **augmented,
                                                     const struct lenet5_dataset *dataset,
                                                     const struct lenet5_augmentation *augmentation,
                                                     int side, uint64_t seed,
                                                     struct lenet5_error *error);

/* A network in training: its dataset, settings, and the state of the optimizer. */
struct lenet5_trainer;

/*
 * Prepares training of a network on a dataset. Both are borrowed and must outlive the trainer; the
 * settings are copied. Training starts from the network's parameters, and each step updates them. With
 * centring the network's shift is set here. Only one thread at a time may call functions of a trainer.
 * The caller destroys *trainer.
 * Errors: ARGUMENT (a setting out of its range, reserved members not 0, images larger than the network's
 * input, more classes than outputs, no samples left to train on, DISTANCE without an RBF layer at the
 * end), BLAS (more than one thread on a serial OpenBLAS), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_trainer_create(struct lenet5_trainer **trainer,
                                                    struct lenet5_network *network,
                                                    const struct lenet5_dataset *dataset,
                                                    const struct lenet5_training *training,
                                                    struct lenet5_error *error);

/* Frees the trainer, not its network and dataset. Accepts NULL. */
LENET5_API void lenet5_trainer_destroy(struct lenet5_trainer *trainer);

/* Samples trained on per epoch. */
LENET5_API size_t lenet5_trainer_train_samples(const struct lenet5_trainer *trainer);

/* Samples held out for validation. */
LENET5_API size_t lenet5_trainer_validation_samples(const struct lenet5_trainer *trainer);

/*
 * Evaluates the present weights on count of the samples trained on (all, if there are fewer), in the same
 * way as on validation samples: with the training loss, but without label smoothing, dropout and
 * augmentation. In the progress function of lenet5_trainer_run, call it only when an epoch is done.
 * Errors: MEMORY.
 */
LENET5_API enum lenet5_status lenet5_trainer_evaluate(struct lenet5_trainer *trainer,
                                                      struct lenet5_evaluation *evaluation,
                                                      size_t count, struct lenet5_error *error);

/*
 * One optimizer step on a batch: count samples of the dataset, 1 to batch_size, by their indices
 * (count). *loss becomes the mean loss of the batch before the step; loss may be NULL. Does not allocate
 * memory, except with SDLM at the first step of an epoch.
 * Errors: ARGUMENT (count or an index out of range), DIVERGED (the loss is not finite; no parameter
 * was changed), MEMORY (SDLM).
 */
LENET5_API enum lenet5_status lenet5_trainer_step(struct lenet5_trainer *trainer,
                                                  const uint32_t *indices, int count, double *loss,
                                                  struct lenet5_error *error);

/*
 * The gradient (parameter_count) of the mean loss of a batch, as lenet5_trainer_step would use it. No
 * parameter changes. loss may be NULL.
 * Errors: ARGUMENT (count or an index out of range).
 */
LENET5_API enum lenet5_status lenet5_trainer_gradient(struct lenet5_trainer *trainer,
                                                      float *gradient, const uint32_t *indices,
                                                      int count, double *loss,
                                                      struct lenet5_error *error);

/*
 * The curvature h (parameter_count) that LENET5_OPTIMIZER_SDLM uses, averaged over count samples by their
 * indices (count), 1 or more, at the present parameters. No parameter changes. Works with any optimizer.
 * Errors: ARGUMENT (count or an index out of range), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_trainer_curvature(struct lenet5_trainer *trainer,
                                                       float *curvature, const uint32_t *indices,
                                                       int count, struct lenet5_error *error);

/* The state of training after a batch, or at the end of an epoch. */
struct lenet5_progress {
    int epoch, epochs;                  /* epoch counts from 1 */
    int batch, batches;                 /* of this epoch, counted from 1 */
    size_t samples;                     /* trained on in this epoch */
    double rate;                        /* learning rate of the last step */
    double train_loss;                  /* mean over this epoch so far, label smoothing included */
    double train_accuracy;              /* mean over this epoch so far, while the weights change */
    double seconds;                     /* spent on this epoch's training steps alone */
    double samples_per_second;          /* samples / seconds */
    bool epoch_done;                    /* the fields below are valid only then */
    double val_loss, val_accuracy;      /* NaN without validation samples */
    bool best;                          /* the best epoch so far */
    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/*
 * Called after every batch and at the end of every epoch, by the thread that called lenet5_trainer_run.
 * Any return value but 0 stops training.
 */
typedef int lenet5_progress_function(void *user, const struct lenet5_progress *progress);

/* The result of training. */
struct lenet5_result {
    int epochs;                        /* finished epochs */
    int best_epoch;                    /* by validation, from 1; 0 = no epoch was finished */
    int kept_epoch;                    /* whose parameters the network has; 0 = none was finished */
    double train_loss, train_accuracy; /* of the last epoch, also when it was stopped early */
    double val_loss, val_accuracy;     /* of the kept epoch; NaN without validation samples */
    double train_seconds;              /* spent on training steps alone */
    double samples_per_second;         /* samples trained on / train_seconds */
    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/*
 * Trains for training->epochs epochs. Each epoch uses all training samples once, in an order drawn by
 * the seed, the last partial batch included. progress may be NULL; user is passed on to it. At the end
 * the network has the parameters that `keep` selects; if training stops before the first epoch is done,
 * the current ones. After lenet5_checkpoint_resume training continues from the checkpoint, and *result
 * covers both parts.
 * Errors: STOPPED (progress asked for it; *result is valid), DIVERGED (the loss is not finite: the
 * network has the parameters of the last kept epoch, or those from before training), MEMORY (SDLM).
 */
LENET5_API enum lenet5_status lenet5_trainer_run(struct lenet5_trainer *trainer,
                                                 struct lenet5_result *result,
                                                 lenet5_progress_function *progress, void *user,
                                                 struct lenet5_error *error);

/*
 * The last state of each finished epoch (*count) of the last or current lenet5_trainer_run, including
 * those before a checkpoint that it resumed. Owned by the trainer; valid until the next run.
 */
LENET5_API const struct lenet5_progress *lenet5_trainer_epochs(const struct lenet5_trainer *trainer,
                                                               int *count);

#ifdef __cplusplus
}
#endif
#endif
