/* replay: gives each file of the named folders, or each named file, to a target once: a target without
 * libFuzzer. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/tell.h"

static void play_file(const char *path, size_t size)
{
    uint8_t *bytes = malloc(size); /* exactly as large, so that a sanitizer sees who reads further */
    FILE *file = fopen(path, "rb");
    if (file == NULL || fread(bytes, 1, size, file) != size)
        fuzz_fail("%s cannot be read", path);
    fclose(file);
    fuzz_tell("%s", path);
    LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
}

/* How many files there were. */
static unsigned play(const char *path)
{
    struct stat status;
    unsigned count = 0;
    if (stat(path, &status) != 0)
        fuzz_fail("%s is not there", path);
    if (!S_ISDIR(status.st_mode)) {
        play_file(path, (size_t)status.st_size);
        return 1;
    }
    DIR *folder = opendir(path);
    if (folder == NULL)
        fuzz_fail("%s cannot be read", path);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char inside[4096];
        snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        count += entry->d_name[0] == '.' ? 0 : play(inside);
    }
    closedir(folder);
    return count;
}

int main(int count, char **paths)
{
    unsigned played = 0;
    for (int i = 1; i < count; i++)
        played += play(paths[i]);
    printf("%u inputs\n", played);
    return played == 0;
}
