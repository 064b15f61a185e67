use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

enum Request {
    Value(oneshot::Sender<usize>),
    Increment,
}

/// A task that owns a number.
pub struct Counter {
    requests: mpsc::UnboundedSender<Request>,
    task: JoinHandle<()>,
}

impl Counter {
    pub fn start() -> Self {
        let (requests, mut mailbox) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            let mut count = 0;
            while let Some(request) = mailbox.recv().await {
                if let Request::Value(reply) = request {
                    let _ = reply.send(count);
                }
                count += 1;
            }
        });
        Self { requests, task }
    }

    pub async fn value(&self) -> usize {
        let (sender, receiver) = oneshot::channel();
        let _ = self.requests.send(Request::Value(sender));
        receiver.await.unwrap()
    }

    pub fn increment(&self) {
        let _ = self.requests.send(Request::Increment);
    }

    pub async fn stop(self) {
        drop(self.requests);
        self.task.await.unwrap();
    }
}
