#include "checkpoints.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* "100steps" */
static bool parse_interval(struct checkpoints *self)
{
    static const struct {
        const char *word;
        int unit;
    } units[] = {{"", EVERY_EPOCHS},    {"epoch", EVERY_EPOCHS}, {"epochs", EVERY_EPOCHS},
                 {"step", EVERY_STEPS}, {"steps", EVERY_STEPS},  {"s", EVERY_SECONDS}};
    char *end;
    errno = 0;
    self->interval = strtol(self->every, &end, 10);
    if (!isdigit((unsigned char)*self->every) || errno || self->interval < 1)
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
        if (strcmp(end, units[i].word) == 0) {
            self->unit = units[i].unit;
            return true;
        }
    return false;
}

int checkpoints_check(struct checkpoints *self)
{
    if (!self->path)
        return self->resume ? cli_error(CLI_USAGE, "--resume: expected --checkpoint FILE, too")
                            : CLI_OK;
    if (!parse_interval(self))
        return cli_error(CLI_USAGE,
                         "--checkpoint-every: expected a whole number from 1 and s, steps or "
                         "epochs, such as 30s, found '%s'",
                         self->every);
    if (!self->resume && access(self->path, F_OK) == 0)
        return cli_error(CLI_USAGE,
                         "--checkpoint: %s exists; continue from it with --resume, or move it away",
                         self->path);
    return CLI_OK;
}

/* The newest, or where that is damaged or gone the previous one. */
static int resume(const struct checkpoints *self)
{
    struct lenet5_error error, ignored;
    const enum lenet5_status status = lenet5_checkpoint_resume(self->file, LENET5_CHECKPOINT_NEWEST,
                                                               &error);
    if (!status)
        return CLI_OK;
    if ((status == LENET5_ERROR_DATA || status == LENET5_ERROR_NOT_FOUND) &&
        !lenet5_checkpoint_resume(self->file, LENET5_CHECKPOINT_PREVIOUS, &ignored)) {
        cli_fail(&error);
        cli_error(CLI_OK, "continuing from %s.previous", self->path);
        return CLI_OK;
    }
    if (status == LENET5_ERROR_NOT_FOUND)
        return cli_error(CLI_NO_INPUT, "--resume: %s: no such checkpoint; start without --resume",
                         self->path);
    return cli_fail(&error);
}

int checkpoints_open(struct checkpoints *self, struct lenet5_trainer *trainer)
{
    struct lenet5_error error;
    if (!self->path)
        return CLI_OK;
    if (lenet5_checkpoint_open(&self->file, trainer, self->path, &error))
        return cli_fail(&error);
    self->time = seconds_now();
    return self->resume ? resume(self) : CLI_OK;
}

static bool is_due(const struct checkpoints *self, const struct lenet5_progress *now)
{
    switch (self->unit) {
    case EVERY_STEPS:
        return self->steps >= self->interval;
    case EVERY_SECONDS:
        return seconds_now() - self->time >= (double)self->interval;
    case EVERY_EPOCHS:
        break;
    }
    return now->epoch_done && now->epoch % self->interval == 0;
}

void checkpoints_update(struct checkpoints *self, const struct lenet5_progress *now, bool stopping)
{
    struct lenet5_error error;
    if (!self->file)
        return;
    self->steps += !now->epoch_done;
    if (!stopping && !is_due(self, now))
        return;
    const int code = cli_code(lenet5_checkpoint_save(self->file, &error));
    if (code && !self->code)
        cli_fail(&error);
    else if (!code && self->code)
        cli_note("%s: written again", self->path);
    self->code = code;
    self->steps = 0;
    self->time = seconds_now();
}

int checkpoints_close(struct checkpoints *self)
{
    const int code = self->file ? self->code : CLI_OK;
    lenet5_checkpoint_close(self->file);
    self->file = NULL;
    return code ? cli_error(code, "--checkpoint: %s: the last one could not be written", self->path)
                : CLI_OK;
}
