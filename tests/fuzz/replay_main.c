/* Replays the seeds of a fuzz target without a fuzzer: each file given, and each file of a folder
 * given, is one input. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    size_t size = 0, cap = 1 << 16;
    unsigned char *data = malloc(cap);
    while (data) {
        size += fread(data + size, 1, cap - size, file);
        if (size < cap)
            break;
        unsigned char *more = realloc(data, cap *= 2);
        if (!more)
            free(data);
        data = more;
    }
    int failed = !data || ferror(file);
    (void)fclose(file); // only read from
    if (!failed)
        (void)LLVMFuzzerTestOneInput(data, size); // a finding aborts
    free(data);
    return failed;
}

int main(int argc, char **argv)
{
    unsigned replayed = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (!folder && errno == ENOTDIR) {
            if (replay(argv[i]))
                return 1;
            replayed++;
            continue;
        }
        if (!folder) {
            perror(argv[i]);
            return 1;
        }
        for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
            char path[4096];
            if (entry->d_name[0] == '.')
                continue;
            (void)snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            if (replay(path))
                return 1;
            replayed++;
        }
        (void)closedir(folder); // only read from
    }
    (void)printf("%u seeds replayed\n", replayed);
    return replayed == 0;
}
