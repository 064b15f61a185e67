#ifndef COTP_RUNTIME_H
#define COTP_RUNTIME_H
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

/* The platform seam: everything that Swift cannot say, or that differs between systems. */

/* The worker that owns the current thread, or NULL. Each time it is asked for anew: the compiler would keep the place of what
   is local to a thread across a suspension, after which another thread may run the code. */
#if defined(__linux__) && defined(__x86_64__) && !defined(__ANDROID__)
#define OTP_WORKER_INLINE 1
static inline void *_Nullable otp_current_worker(void) {
    void *worker;
    __asm__ volatile("movq otp_worker_of_thread@gottpoff(%%rip), %0\n\tmovq %%fs:(%0), %0" : "=r"(worker));
    return worker;
}
#else
void *_Nullable otp_current_worker(void);
#endif
#if defined(OTP_WORKER_INLINE)
/* In the same image as what is read: each has a worker of its own. */
__attribute__((visibility("hidden")))
#endif
void otp_set_current_worker(void *_Nullable worker);

/* Numbers the threads of the program that ask, from 1. */
uint32_t otp_thread_number(void);

/* A fence in two halves. otp_fence_all() stands, at that moment, for a full fence in each thread of the program: what a thread
   has written before it is seen afterwards, and what a thread reads after it is no older. Whoever relies on that in place of a
   fence of his own needs no more than otp_settle(), which is no instruction. Only where otp_can_fence_all(). */
bool otp_can_fence_all(void);
void otp_fence_all(void);

/* What is to become of the task that is about to suspend on this thread; taking it clears it. */
void otp_set_suspension(void *_Nullable target, uintptr_t kind);
uintptr_t otp_take_suspension(void *_Nullable *_Nonnull target);

/* Whether this thread throws away a message for which there was no room. */
bool otp_is_dropping(void);
void otp_set_dropping(bool is_dropping);

/* Waits while *address == expected, at most timeout_ns (negative: without limit). */
void otp_wait_on_address(const uint32_t *_Nonnull address, uint32_t expected, int64_t timeout_ns);
void otp_wake_address(const uint32_t *_Nonnull address);

/* Monotonic nanoseconds. */
uint64_t otp_now_ns(void);
/* The same by a cheaper clock: the time it is or a little later, by 16 ms and a tick of the system's at most. 0: none here. */
uint64_t otp_roughly_now_ns(void);
/* A hint to the processor inside a spin loop; gives up the time slice after a while. */
void otp_relax(uint32_t round);
/* Whatever the code before this does happens before what follows, for the compiler: it takes a store with release for a
   plain one when it moves the counting of references, and would count a reference that was looked up under a lock after
   the lock has been given back. Costs no instruction. */
static inline void otp_settle(void) { __asm__ volatile("" ::: "memory"); }
/* What is there will be needed soon: the processor may fetch it while it does something else. Any address will do. */
static inline void otp_prefetch(const void *_Nullable address) { __builtin_prefetch(address, 1); }

/* The Swift task that runs on this thread, as an opaque identity, or 0. */
uintptr_t otp_current_task(void);
/* Whether that task is cancelled; false if there is none. */
bool otp_is_cancelled(void);

/* How many bytes behind its beginning a task keeps the first of its task-local values; 0: not known. That is the runtime's
   own affair and differs between versions, so it is found out: `before`, `one`, `two` and `after` are the first
   OTP_TASK_WORDS words of the current task without a value, with one of `key`, with two and without again. */
#define OTP_TASK_WORDS 40
uintptr_t otp_place_of_task_locals(const uintptr_t *_Nonnull before, const uintptr_t *_Nonnull one,
                                   const uintptr_t *_Nonnull two, const uintptr_t *_Nonnull after, uintptr_t key);
/* Makes an object that nobody else has yet immortal, so that counting references to it writes nothing. False where the
   runtime does not let us: the object stays as it is. */
bool otp_immortalize(void *_Nonnull object);

/* Runs work(context) without the task-local values of the current task. Falls back to a plain call. */
void otp_without_task_locals(void *_Nonnull context, void (*_Nonnull work)(void *_Nonnull context));

/* Processors that this process may use: affinity and container quota. */
uint32_t otp_available_processors(void);
/* Starts a detached thread. Returns 0 or an errno. */
int otp_start_thread(const char *_Nonnull name, void *_Nonnull context, void (*_Nonnull body)(void *_Nonnull context));

/* The concurrency runtime's global enqueue hook. */
typedef void (*otp_enqueue_handler)(void *_Nonnull job);
/* 0: installed; 1: this runtime has no hook; 2: another hook is installed. */
int otp_install_global_enqueue_hook(otp_enqueue_handler _Nonnull handler);
/* Runs a job of the global executor on this thread. */
void otp_run_global_job(void *_Nonnull job);

/* Counts a reference to an object of Swift's by a plain addition: for objects that no other thread knows of yet. */
extern void *_Nonnull swift_nonatomic_retain(void *_Nonnull object);
static inline void otp_retain_unshared(void *_Nonnull object) { swift_nonatomic_retain(object); }

/* Appends text to stderr without allocating. */
void otp_write_stderr(const char *_Nonnull text, size_t length);
/* Writes a text to an open file. */
void otp_write(int descriptor, const char *_Nonnull text, size_t length);
/* Opens or makes a file to append to; negative: the number of the error. */
int otp_open_append(const char *_Nonnull path);
void otp_close(int descriptor);
#endif
