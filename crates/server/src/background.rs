//! What runs beside the requests: the views and the feed.

use std::time::Duration;

use almoner_feed::Publisher;
use almoner_log::Store;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::service::told;

/// Views that cannot go on are tried again after this time: somebody may have mended them.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// Whether the views are kept up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewsState {
    /// They follow the log.
    Following,
    /// They cannot take in a record; the program's log says why.
    Failing,
}

/// The tasks.
pub struct Background {
    stop: watch::Sender<bool>,
    views: watch::Receiver<ViewsState>,
    tasks: Vec<JoinHandle<()>>,
}

impl Background {
    /// Starts following a log. `durable` is the position up to which it is on disk.
    pub fn start(
        store: &Store,
        durable: watch::Receiver<u64>,
        publisher: Option<Publisher>,
    ) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (state, views) = watch::channel(ViewsState::Following);
        let follow = follow_views(store.clone(), durable.clone(), stopped.clone(), state);
        let mut tasks = vec![tokio::spawn(follow)];
        if let Some(publisher) = publisher {
            tasks.push(tokio::spawn(publish(publisher, durable, stopped)));
        }
        Self { stop, views, tasks }
    }

    /// Whether the views are kept up, now and from now on.
    pub fn views(&self) -> watch::Receiver<ViewsState> {
        self.views.clone()
    }

    /// Lets everything come to the end of the log, as far as it can, and stops it.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task beside the requests broke off");
            }
        }
    }
}

async fn follow_views(
    store: Store,
    durable: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    state: watch::Sender<ViewsState>,
) {
    loop {
        state.send_replace(ViewsState::Following);
        let followed = almoner_views::follow(&store, durable.clone(), told(stop.clone())).await;
        let Err(error) = followed else { return };
        tracing::error!(error = &error as &dyn std::error::Error, "the views cannot go on");
        state.send_replace(ViewsState::Failing);
        tokio::select! {
            () = sleep(TRY_AGAIN) => {}
            () = told(stop.clone()) => return,
        }
    }
}

async fn publish(
    mut publisher: Publisher,
    durable: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
) {
    if let Err(error) = publisher.run(durable, told(stop)).await {
        // What was published is not what the log holds. Recording goes on: the log is the truth.
        tracing::error!(error = &error as &dyn std::error::Error, "the feed stops");
    }
}
