//! Tokio's side of the comparison. Answers one line for each line of input:
//! hello | rows | run Row Operations | hold Servers | release

mod counter;
mod rows;

use counter::Counter;
use std::io::BufRead;
use std::time::Duration;

const ROWS: &str = "bytes call cast cast8 cast88 fan1000 fan64 fan8 idle lookup pairs pairs1000 pairs4 ring ring100 \
                    spawn spawn4 start start4";

/// Does that many operations, checks what came out, and says how many it did and how long they took.
async fn run(row: &str, count: usize) -> Option<(usize, Duration)> {
    Some(match row {
        "call" => rows::pairs(1, count).await,
        "fan8" => rows::fan_in(8, count).await,
        "fan64" => rows::fan_in(64, count).await,
        "fan1000" => rows::fan_in(1000, count).await,
        "pairs4" => rows::pairs(4, count).await,
        "pairs" => rows::pairs(64, count).await,
        "pairs1000" => rows::pairs(1000, count).await,
        "cast" => rows::casts(1, 1, count).await,
        "cast8" => rows::casts(8, 1, count).await,
        "cast88" => rows::casts(8, 8, count).await,
        "ring" => rows::ring(1, count).await,
        "ring100" => rows::ring(100, count).await,
        "spawn" => rows::spawn(1, count).await,
        "spawn4" => rows::spawn(4, count).await,
        "start" => rows::start_stop(1, count).await,
        "start4" => rows::start_stop(4, count).await,
        "lookup" => rows::lookups(count).await,
        _ => return None,
    })
}

async fn hold(count: usize) -> Vec<Counter> {
    let servers: Vec<Counter> = (0..count).map(|_| Counter::start()).collect();
    for server in &servers {
        assert_eq!(server.value().await, 0);
    }
    servers
}

fn main() {
    let workers = std::env::var("TOKIO_WORKER_THREADS").ok().and_then(|text| text.parse().ok());
    let workers = workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get()));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_time().build().unwrap();
    let mut held: Vec<Counter> = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let words: Vec<String> = line.split_whitespace().map(String::from).collect();
        let number = words.last().and_then(|word| word.parse().ok()).unwrap_or(0);
        // In a task, not on the main thread: that is where programs work.
        match words.first().map(String::as_str) {
            // Which version was built is known to whoever built it.
            Some("hello") => println!("ok tokio {}", std::env::var("TOKIO_VERSION").unwrap_or_default()),
            Some("rows") => println!("ok {ROWS}"),
            Some("run") if words.len() == 3 => {
                match runtime.block_on(runtime.spawn(async move { run(&words[1], number).await })) {
                    Ok(Some((operations, time))) => println!("ok {operations} {}", time.as_nanos()),
                    Ok(None) => println!("error no such row"),
                    Err(error) => println!("error {error}"),
                }
            }
            Some("hold") => {
                held = runtime.block_on(runtime.spawn(hold(number))).unwrap();
                println!("ok");
            }
            Some("release") => {
                for server in std::mem::take(&mut held) {
                    runtime.block_on(server.stop());
                }
                println!("ok");
            }
            _ => println!("error not understood"),
        }
    }
}
