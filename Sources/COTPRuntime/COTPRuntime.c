#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "COTPRuntime.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <limits.h>
#elif defined(__APPLE__)
#include <mach/mach_time.h>
#include <sys/sysctl.h>
extern int __ulock_wait(uint32_t operation, void *addr, uint64_t value, uint32_t timeout_us);
extern int __ulock_wake(uint32_t operation, void *addr, uint64_t wake_value);
#endif

/* MARK: thread local */

#if defined(OTP_WORKER_INLINE)
__attribute__((visibility("hidden"), tls_model("initial-exec"))) _Thread_local void *otp_worker_of_thread;
#else
static _Thread_local void *otp_worker_of_thread;

__attribute__((noinline)) void *otp_current_worker(void) { return otp_worker_of_thread; }
#endif
__attribute__((noinline)) void otp_set_current_worker(void *worker) { otp_worker_of_thread = worker; }

static _Thread_local void *suspension_target;
static _Thread_local uintptr_t suspension_kind;

__attribute__((noinline)) void otp_set_suspension(void *target, uintptr_t kind) {
    suspension_target = target;
    suspension_kind = kind;
}

__attribute__((noinline)) uintptr_t otp_take_suspension(void **target) {
    uintptr_t kind = suspension_kind;
    if (kind) {
        *target = suspension_target;
        suspension_kind = 0;
    }
    return kind;
}

static _Atomic uint32_t threads_numbered;
static _Thread_local uint32_t thread_number;

__attribute__((noinline)) uint32_t otp_thread_number(void) {
    if (!thread_number) thread_number = atomic_fetch_add_explicit(&threads_numbered, 1, memory_order_relaxed) + 1;
    return thread_number;
}

static _Thread_local bool dropping;

__attribute__((noinline)) bool otp_is_dropping(void) { return dropping; }
__attribute__((noinline)) void otp_set_dropping(bool is_dropping) { dropping = is_dropping; }

/* MARK: fences */

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define OTP_SANITIZED 1
#endif
#endif

#if defined(__linux__) && defined(__NR_membarrier) && !defined(OTP_SANITIZED)
/* Commands of the system call, as its manual gives them. */
enum { MEMBARRIER_QUERY = 0, MEMBARRIER_PRIVATE = 1 << 3, MEMBARRIER_REGISTER_PRIVATE = 1 << 4 };

static bool fences_all;

/* When the program is loaded: as long as there is one thread that takes a microsecond, with several some 15 milliseconds. */
__attribute__((constructor)) static void find_out_whether_all_can_be_fenced(void) {
    long commands = syscall(__NR_membarrier, MEMBARRIER_QUERY, 0);
    fences_all = commands >= 0 && commands & MEMBARRIER_PRIVATE
        && syscall(__NR_membarrier, MEMBARRIER_REGISTER_PRIVATE, 0) == 0;
}

bool otp_can_fence_all(void) { return fences_all; }

void otp_fence_all(void) {
    /* Readers rely on it: without it they would see what is being taken apart. */
    if (syscall(__NR_membarrier, MEMBARRIER_PRIVATE, 0) == 0) return;
    static const char text[] = "OTP: the system call membarrier, which was there when the program began, fails now\n";
    otp_write_stderr(text, sizeof text - 1);
    abort();
}
#else
bool otp_can_fence_all(void) { return false; }
void otp_fence_all(void) {}
#endif

/* MARK: parking */

void otp_wait_on_address(const uint32_t *address, uint32_t expected, int64_t timeout_ns) {
#if defined(__linux__)
    struct timespec limit, *wait = NULL;
    if (timeout_ns >= 0) {
        limit.tv_sec = timeout_ns / 1000000000;
        limit.tv_nsec = timeout_ns % 1000000000;
        wait = &limit;
    }
    syscall(SYS_futex, address, FUTEX_WAIT_PRIVATE, expected, wait, NULL, 0);
#elif defined(__APPLE__)
    uint32_t us = 0;
    if (timeout_ns >= 0) {
        int64_t wanted = timeout_ns / 1000;
        us = wanted < 1 ? 1 : wanted > UINT32_MAX ? UINT32_MAX : (uint32_t)wanted;
    }
    __ulock_wait(1 /* compare and wait */ | 0x01000000 /* no errno */, (void *)address, expected, us);
#endif
}

void otp_wake_address(const uint32_t *address) {
#if defined(__linux__)
    syscall(SYS_futex, address, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
#elif defined(__APPLE__)
    __ulock_wake(1 | 0x00000100 /* all */ | 0x01000000, (void *)address, 0);
#endif
}

uint64_t otp_now_ns(void) {
#if defined(__APPLE__)
    return clock_gettime_nsec_np(CLOCK_UPTIME_RAW);
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#endif
}

uint64_t otp_roughly_now_ns(void) {
#if defined(__linux__)
    // One tick of the system is what that clock promises to be behind at most. A virtual machine misses ticks: with ticks of
    // 4 ms it was 7.5 ms behind most of the time, 10.5 ms at worst.
    static const uint64_t missed_ticks = 16000000;
    static uint64_t most;
    struct timespec now;
    uint64_t behind = __atomic_load_n(&most, __ATOMIC_RELAXED);
    if (!behind) {
        if (clock_getres(CLOCK_MONOTONIC_COARSE, &now)) return 0;
        behind = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec + missed_ticks;
        __atomic_store_n(&most, behind, __ATOMIC_RELAXED);
    }
    if (clock_gettime(CLOCK_MONOTONIC_COARSE, &now)) return 0;
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec + behind;
#else
    return 0;
#endif
}

void otp_relax(uint32_t round) {
    if (round > 64) {
#if defined(__linux__)
        sched_yield();
#else
        pthread_yield_np();
#endif
        return;
    }
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* MARK: the Swift concurrency runtime */

extern void *swift_task_getCurrent(void) __attribute__((swiftcall));
uintptr_t otp_current_task(void) { return (uintptr_t)swift_task_getCurrent(); }

extern bool swift_task_isCancelled(void *task) __attribute__((swiftcall));
bool otp_is_cancelled(void) {
    void *task = swift_task_getCurrent();
    return task && swift_task_isCancelled(task);
}

struct executor_ref { void *identity; uintptr_t implementation; };
#define SWIFTCC __attribute__((swiftcall))
/* The runtime's entry for isolated deinitialisers: when the current executor already is the wanted one,
   it calls work(object) at once, with the task-local values masked. */
extern SWIFTCC void swift_task_deinitOnExecutor(void *object, SWIFTCC void (*work)(void *), void *identity, uintptr_t implementation, size_t flags) __attribute__((weak));
extern SWIFTCC bool swift_task_isCurrentExecutor(void *identity, uintptr_t implementation);

struct masked_call { void *context; void (*work)(void *); };
static SWIFTCC void run_masked(void *raw) {
    struct masked_call *call = raw;
    call->work(call->context);
}

void otp_without_task_locals(void *context, void (*work)(void *)) {
    if (swift_task_deinitOnExecutor && swift_task_isCurrentExecutor(NULL, 0)) {
        struct masked_call call = {context, work};
        swift_task_deinitOnExecutor(&call, run_masked, NULL, 0, 0);
    } else {
        work(context);
    }
}

/* A list grows at its head: the word that is sought leads, with two values bound, to an entry that names the key and leads on
   to the entry that it led to with one, and that one to what there was before. The task's allocator has a word that changes
   like this too, but its entries do not name the key. Only pointers that have changed are followed. */
static bool leads(uintptr_t entry, uintptr_t next, uintptr_t key) {
    const uintptr_t *words = (const uintptr_t *)entry;
    if (!entry || entry & 7) return false;
    if ((words[0] & ~(uintptr_t)7) != (next & ~(uintptr_t)7)) return false;
    return words[1] == key || words[2] == key;
}

uintptr_t otp_place_of_task_locals(const uintptr_t *before, const uintptr_t *one, const uintptr_t *two,
                                   const uintptr_t *after, uintptr_t key) {
    uintptr_t found = 0;
    for (uintptr_t i = 0; i < OTP_TASK_WORDS; i++) {
        if (before[i] != after[i] || one[i] == before[i] || two[i] == one[i] || two[i] == before[i]) continue;
        if (!leads(one[i], before[i], key) || !leads(two[i], one[i], key)) continue;
        if (found) return 0;
        found = i * sizeof(uintptr_t);
    }
    return found;
}

/* An object as the runtime lays it out, behind the mark by which it knows whether a static one has been made. */
struct heap_object { void *metadata; uint64_t counts; };
extern void *swift_initStaticObject(void *metadata, void *object) __attribute__((weak));
extern void *swift_retain(void *object) __attribute__((weak));
extern void swift_release(void *object) __attribute__((weak));

/* What the runtime writes for objects that are part of the program is what this one gets. Whether it then holds what it
   should, that counting changes nothing, is tried; if not, the object stays mortal. */
bool otp_immortalize(void *raw) {
    if (!swift_initStaticObject || !swift_retain || !swift_release) return false;
    struct heap_object *object = raw;
    struct { uint64_t made; struct heap_object object; } sample = {0};
    swift_initStaticObject(object->metadata, &sample.object);
    uint64_t mortal = __atomic_load_n(&object->counts, __ATOMIC_RELAXED), immortal = sample.object.counts;
    __atomic_store_n(&object->counts, immortal, __ATOMIC_RELAXED);
    bool holds = true;
    for (int i = 0; i < 4 && holds; i++) {
        swift_retain(object);
        holds = __atomic_load_n(&object->counts, __ATOMIC_RELAXED) == immortal;
    }
    for (int i = 0; i < 8 && holds; i++) {
        swift_release(object);
        holds = __atomic_load_n(&object->counts, __ATOMIC_RELAXED) == immortal;
    }
    if (!holds) __atomic_store_n(&object->counts, mortal, __ATOMIC_RELAXED);
    return holds;
}

typedef SWIFTCC void (*enqueue_original)(void *job);
typedef SWIFTCC void (*enqueue_hook)(void *job, enqueue_original original);
extern enqueue_hook swift_task_enqueueGlobal_hook __attribute__((weak));
extern SWIFTCC void swift_job_run(void *job, void *identity, uintptr_t implementation);

/* The runtime reads the hook without ordering: a thread that already sees the hook need not yet see what was written
   before it. So the handler is published on its own, with all that it reads, and waited for where it is not there yet. */
static otp_enqueue_handler installed_handler;
static SWIFTCC void forward_to_handler(void *job, enqueue_original original) {
    (void)original;
    otp_enqueue_handler handler;
    for (uint32_t round = 0; !(handler = __atomic_load_n(&installed_handler, __ATOMIC_ACQUIRE)); round++) otp_relax(round);
    handler(job);
}

int otp_install_global_enqueue_hook(otp_enqueue_handler handler) {
    if (!&swift_task_enqueueGlobal_hook) return 1;
    if (__atomic_load_n(&swift_task_enqueueGlobal_hook, __ATOMIC_ACQUIRE)) return 2;
    __atomic_store_n(&installed_handler, handler, __ATOMIC_RELEASE);
    enqueue_hook none = NULL;
    return __atomic_compare_exchange_n(&swift_task_enqueueGlobal_hook, &none, forward_to_handler, false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ? 0 : 2;
}

void otp_run_global_job(void *job) { swift_job_run(job, NULL, 0); }

/* MARK: processors and threads */

#if defined(__linux__)
static double quota_of_container(void) {
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "r");
    if (file) {
        char quota[32] = "";
        double period = 0, result = 0;
        if (fscanf(file, "%31s %lf", quota, &period) == 2 && strcmp(quota, "max") != 0 && period > 0)
            result = atof(quota) / period;
        fclose(file);
        return result;
    }
    double quota = -1, period = 0;
    if ((file = fopen("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "r"))) {
        if (fscanf(file, "%lf", &quota) != 1) quota = -1;
        fclose(file);
    }
    if ((file = fopen("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "r"))) {
        if (fscanf(file, "%lf", &period) != 1) period = 0;
        fclose(file);
    }
    return quota > 0 && period > 0 ? quota / period : 0;
}
#endif

uint32_t otp_available_processors(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) count = CPU_COUNT(&set);
    double quota = quota_of_container();
    if (quota > 0) {
        long limit = (long)(quota + 0.999);
        if (limit < count) count = limit;
    }
#endif
    return count < 1 ? 1 : (uint32_t)count;
}

struct thread_start { char name[16]; void *context; void (*body)(void *); };
static void *thread_main(void *raw) {
    struct thread_start start = *(struct thread_start *)raw;
    free(raw);
#if defined(__linux__)
    pthread_setname_np(pthread_self(), start.name);
#elif defined(__APPLE__)
    pthread_setname_np(start.name);
#endif
    start.body(start.context);
    return NULL;
}

int otp_start_thread(const char *name, void *context, void (*body)(void *)) {
    struct thread_start *start = calloc(1, sizeof *start);
    if (!start) return ENOMEM;
    strncpy(start->name, name, sizeof start->name - 1);
    start->context = context;
    start->body = body;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 4 << 20);
    pthread_t thread;
    int result = pthread_create(&thread, &attributes, thread_main, start);
    pthread_attr_destroy(&attributes);
    if (result) free(start);
    return result;
}

void otp_write_stderr(const char *text, size_t length) { otp_write(2, text, length); }

void otp_write(int descriptor, const char *text, size_t length) {
    while (length > 0) {
        ssize_t written = write(descriptor, text, length);
        if (written <= 0) return;
        text += written;
        length -= (size_t)written;
    }
}

int otp_open_append(const char *path) {
    int descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    return descriptor < 0 ? -errno : descriptor;
}

void otp_close(int descriptor) { close(descriptor); }
