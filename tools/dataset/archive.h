/* Extracts files from a zip archive; the only user of libzip. */
#ifndef ARCHIVE_H
#define ARCHIVE_H

/*
 * Writes the member folder/name, its checksum compared, to the descriptor. Returns an exit code after
 * printing what is wrong.
 */
int archive_extract(int descriptor, const char *archive, const char *folder, const char *name);

#endif
