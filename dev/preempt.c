// Holds threads at arbitrary instructions, as a busy machine does, but thousands of times a second.
//
// Loaded before a program by `dev/preempt`. A thread of its own interrupts the others, one at a time and at random; whoever is
// interrupted sleeps for some microseconds, seldom for milliseconds, and goes on where it was. What only comes about when a
// thread is held between two instructions comes about soon. Linux only.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { most = 1024, looks_every = 200 };

static __thread uint64_t state;

static uint32_t below(uint32_t bound) {
    if (state == 0) state = 0x9E3779B97F4A7C15u * (uint64_t)syscall(SYS_gettid);
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % bound;
}

static void sleep_for(long nanoseconds) {
    struct timespec time = {0, nanoseconds};
    nanosleep(&time, NULL);
}

static void hold(int signal) {
    (void)signal;
    int before = errno;
    uint32_t chance = below(100);
    sleep_for(chance < 60 ? 20000 + below(100000) : chance < 95 ? below(1000000) : below(8000000));
    errno = before;
}

static int list_threads(pid_t *threads, pid_t me) {
    int count = 0;
    DIR *folder = opendir("/proc/self/task");
    if (!folder) return 0;
    for (struct dirent *entry; count < most && (entry = readdir(folder));) {
        pid_t thread = atoi(entry->d_name);
        if (thread != 0 && thread != me) threads[count++] = thread;
    }
    closedir(folder);
    return count;
}

static void *interrupt(void *unused) {
    static pid_t threads[most];
    pid_t me = (pid_t)syscall(SYS_gettid);
    const char *set = getenv("PREEMPT_NS");
    long every = set ? atol(set) : 10000;
    int count = 0;
    for (unsigned round = 0;; round++) {
        if (round % looks_every == 0) count = list_threads(threads, me);
        // One that has ended meanwhile is not there: nothing happens.
        if (count > 0) syscall(SYS_tgkill, getpid(), threads[below((uint32_t)count)], SIGURG);
        sleep_for(every);
    }
    return unused;
}

__attribute__((constructor)) static void begin(void) {
    struct sigaction action = {0};
    action.sa_handler = hold;
    action.sa_flags = SA_RESTART;
    sigaction(SIGURG, &action, NULL);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pthread_t thread;
    pthread_create(&thread, NULL, interrupt, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
