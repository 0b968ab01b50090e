/* replay - runs a fuzz target over its corpus as an ordinary test, without libFuzzer.
 *
 * Every file of tests/fuzz/corpus/NAME is given as it is, then cut short at each length, then with
 * seeded damage: what a fuzzer would try first, the same in every run. Each input lies in memory of
 * exactly its size, so that ASan sees a read past it. Prints lines as cmocka does, so that
 * tools/run-tests counts them.
 *
 *   build/replay_NAME [FILE...]      without files: the corpus of NAME, from the root of the tree
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { INPUT_MAX = 1 << 20, CUTS_MAX = 2048, DAMAGES = 200 };

static uint64_t prng = 0x7e55e7a;

/* xorshift64 */
static uint32_t random_u32(void)
{
	prng ^= prng << 13;
	prng ^= prng >> 7;
	prng ^= prng << 17;
	return (uint32_t)(prng >> 16);
}

static void run(const uint8_t *data, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1);
	if (!exact) abort();
	memcpy(exact, data, len);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
}

static void run_damaged(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len);
	if (!copy) abort();
	for (int i = 0; i < DAMAGES; i++) {
		memcpy(copy, data, len);
		for (uint32_t n = 1 + random_u32() % 4; n; n--) {
			static const uint8_t extremes[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
			uint8_t *at = &copy[random_u32() % len];
			*at = random_u32() % 2 ? (uint8_t)random_u32()
					       : extremes[random_u32() % sizeof(extremes)];
		}
		run(copy, len);
	}
	free(copy);
}

static int replay(const char *path)
{
	static uint8_t data[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	printf("[ RUN      ] %s\n", path);
	if (!file) {
		printf("[  FAILED  ] %s: cannot be read\n", path);
		return 1;
	}
	size_t len = fread(data, 1, sizeof(data), file);
	fclose(file);
	fflush(stdout);

	run(data, len);
	for (size_t cut = 0; cut < len && cut < CUTS_MAX; cut++) run(data, cut);
	if (len) run_damaged(data, len);
	printf("[       OK ] %s\n", path);
	return 0;
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int replay_corpus(const char *program)
{
	const char *name = strstr(program, "replay_");
	char dir[300], path[600];
	struct dirent **files;
	if (!name) return 1;
	snprintf(dir, sizeof(dir), "tests/fuzz/corpus/%.200s", name + strlen("replay_"));
	int n = scandir(dir, &files, not_hidden, alphasort), bad = n <= 0;
	if (bad) printf("%s: no corpus\n", dir);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]->d_name);
		bad |= replay(path);
		free(files[i]);
	}
	if (n >= 0) free(files);
	return bad;
}

int main(int argc, char **argv)
{
	int bad = 0;
	const char *slash = strrchr(argv[0], '/');
	if (argc == 1) return replay_corpus(slash ? slash + 1 : argv[0]);
	for (int i = 1; i < argc; i++) bad |= replay(argv[i]);
	return bad;
}
