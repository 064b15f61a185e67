use crate::counter::Counter;
use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

async fn together<F: Future<Output = ()> + Send + 'static>(count: usize, work: impl Fn(usize) -> F) {
    let tasks: Vec<_> = (0..count).map(|index| tokio::spawn(work(index))).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

fn counters(count: usize) -> Arc<Vec<Counter>> {
    Arc::new((0..count).map(|_| Counter::start()).collect())
}

async fn stop(servers: Arc<Vec<Counter>>) {
    for server in Arc::try_unwrap(servers).ok().unwrap() {
        server.stop().await;
    }
}

/// A server for each caller.
pub async fn pairs(number: usize, count: usize) -> (usize, Duration) {
    let each = count / number;
    let servers = counters(number);
    let start = Instant::now();
    together(number, |index| {
        let servers = servers.clone();
        async move {
            let server = &servers[index];
            for expected in 0..each {
                assert_eq!(server.value().await, expected);
            }
        }
    })
    .await;
    let time = start.elapsed();
    stop(servers).await;
    (each * number, time)
}

/// Many callers of one server.
pub async fn fan_in(callers: usize, count: usize) -> (usize, Duration) {
    let each = count / callers;
    let servers = counters(1);
    let start = Instant::now();
    together(callers, |_| {
        let servers = servers.clone();
        async move {
            let mut next = 0;
            for _ in 0..each {
                let value = servers[0].value().await;
                assert!(value >= next);
                next = value + 1;
            }
        }
    })
    .await;
    let time = start.elapsed();
    assert_eq!(servers[0].value().await, each * callers);
    stop(servers).await;
    (each * callers, time)
}

/// Until all have been handled.
pub async fn casts(senders: usize, receivers: usize, count: usize) -> (usize, Duration) {
    let each = count / senders;
    let servers = counters(receivers);
    let start = Instant::now();
    together(senders, |index| {
        let servers = servers.clone();
        async move {
            let server = &servers[index % servers.len()];
            for _ in 0..each {
                server.increment();
            }
        }
    })
    .await;
    let mut handled = 0;
    for server in servers.iter() {
        handled += server.value().await;
    }
    let time = start.elapsed();
    assert_eq!(handled, each * senders);
    stop(servers).await;
    (each * senders, time)
}

/// Tokens go round a thousand tasks.
pub async fn ring(tokens: usize, count: usize) -> (usize, Duration) {
    const SIZE: usize = 1000;
    let hops = count / tokens;
    let (done, mut all_done) = mpsc::unbounded_channel();
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..SIZE).map(|_| mpsc::unbounded_channel::<usize>()).unzip();
    let mut tasks = Vec::new();
    for (index, mut receiver) in receivers.into_iter().enumerate() {
        let (next, done) = (senders[(index + 1) % SIZE].clone(), done.clone());
        tasks.push(tokio::spawn(async move {
            let mut seen = 0;
            while let Some(left) = receiver.recv().await {
                match left {
                    0 => break,
                    1 => done.send(()).unwrap(),
                    _ => next.send(left - 1).unwrap(),
                }
                seen += 1;
            }
            seen
        }));
    }
    let start = Instant::now();
    for token in 0..tokens {
        senders[token * SIZE / tokens].send(hops).unwrap();
    }
    for _ in 0..tokens {
        all_done.recv().await.unwrap();
    }
    let time = start.elapsed();
    for sender in &senders {
        sender.send(0).unwrap();
    }
    let mut seen = 0;
    for task in tasks {
        seen += task.await.unwrap();
    }
    assert_eq!(seen, hops * tokens);
    (seen, time)
}

/// A part of a count, on a cache line of its own.
#[repr(align(128))]
struct Spread(AtomicUsize);

/// How many of the tasks that end at once have run, in all runs: counted by each thread for itself.
static RAN: [Spread; 64] = [const { Spread(AtomicUsize::new(0)) }; 64];
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static PART: &'static AtomicUsize = &RAN[THREADS.fetch_add(1, Ordering::Relaxed) % 64].0;
}

fn ran() -> usize {
    RAN.iter().map(|part| part.0.load(Ordering::Acquire)).sum()
}

/// Tasks that end at once; until the last of them has run.
pub async fn spawn(spawners: usize, count: usize) -> (usize, Duration) {
    let each = count / spawners;
    let total = each * spawners;
    let before = ran();
    let start = Instant::now();
    together(spawners, |_| async move {
        for _ in 0..each {
            tokio::spawn(async {
                PART.with(|part| part.fetch_add(1, Ordering::Release));
            });
        }
    })
    .await;
    while ran() < before + total {
        tokio::task::yield_now().await;
    }
    (total, start.elapsed())
}

pub async fn start_stop(starters: usize, count: usize) -> (usize, Duration) {
    let each = count / starters;
    let start = Instant::now();
    together(starters, |_| async move {
        for _ in 0..each {
            Counter::start().stop().await;
        }
    })
    .await;
    (each * starters, start.elapsed())
}

/// Four tasks look ten thousand names up.
pub async fn lookups(count: usize) -> (usize, Duration) {
    const READERS: usize = 4;
    const NAMES: usize = 10_000;
    let table: HashMap<usize, usize> = (0..NAMES).map(|name| (name, name * 3)).collect();
    let table = Arc::new(RwLock::new(table));
    let each = count / READERS;
    let start = Instant::now();
    together(READERS, |reader| {
        let table = table.clone();
        async move {
            for turn in 0..each {
                let name = (turn * 7919 + reader * 2500) % NAMES;
                assert_eq!(table.read().unwrap().get(&name), Some(&(name * 3)));
            }
        }
    })
    .await;
    (each * READERS, start.elapsed())
}
