# Makes a library that lets user-mode Linux 6.1 run on processors with AMX.
#
# in:  the file to make
# out: that file, for LD_PRELOAD; needs cc
# why: that kernel keeps 2,696 bytes of a guest's floating point state, and the kernel below takes the whole of it or nothing (ptrace(2), NT_X86_XSTATE;
#      arch/x86/kernel/fpu/regset.c, xstateregs_set). With AMX the whole is 11,008 bytes, and no guest starts: "ptrace set fp regs failed, errno = 14".
#      What it does not know of is put back as it is; no guest asks for AMX, so nothing of that is ever in use.
set -eu
cc -x c -shared -fPIC -O2 -Wall -Werror -o "$1.part" - <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

static long (*below)(int, ...);
/* Not on the stack: those of this kernel are small. */
static char whole[65536];

__attribute__((constructor)) static void find_below(void) {
	below = (long (*)(int, ...))dlsym(RTLD_NEXT, "ptrace");
}

long ptrace(enum __ptrace_request request, ...) {
	va_list words;
	va_start(words, request);
	pid_t pid = va_arg(words, pid_t);
	void *address = va_arg(words, void *);
	void *data = va_arg(words, void *);
	va_end(words);
	if (request == PTRACE_SETREGSET && (long)address == NT_X86_XSTATE) {
		const struct iovec *given = data;
		struct iovec all = { whole, sizeof(whole) };
		if (below(PTRACE_GETREGSET, pid, address, &all) == 0 && all.iov_len > given->iov_len) {
			memcpy(whole, given->iov_base, given->iov_len);
			return below(request, pid, address, &all);
		}
	}
	return below(request, pid, address, data);
}
C
mv "$1.part" "$1"
