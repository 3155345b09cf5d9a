/*
 * A config file: the options of a program with their values, as JSON. They are read before the command
 * line, whose options override them.
 *
 *     {"version": 1, "program": "lenet5-train", "options": {"preset": "lenet5", "epochs": 2, ...}}
 */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include "option_table.h"

struct cJSON;

/*
 * The options of a file as words of a command line, "--epochs=2", NULL behind the last. Exits on a mistake,
 * which it prints. The caller frees the list; the words stay until the program ends.
 */
char **config_file_read(const char *path, const struct cli_program *program,
                        const struct cli_option *const *rows, int *count);

/* Adds the values that the table's options have now, but for those that are `local`, by their names. */
void config_file_add(struct cJSON *options, const struct cli_program *program);

/*
 * Writes the same as a config file: MODEL's name with .json in place of .safetensors. A file of that name
 * that is no config file of this program is left alone, with a note. Returns an exit code.
 */
int config_file_write(const char *model, const struct cli_program *program);

#endif
