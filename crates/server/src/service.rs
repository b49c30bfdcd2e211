//! What all requests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use almoner_feed::PublisherStatus;
use almoner_ledger::Ledger;
use almoner_log::Store;
use tokio::sync::{Semaphore, watch};

use crate::auth::Token;
use crate::background::ViewsState;
use crate::commands::MOST_KIB_UNDER_WAY;

/// What all requests share.
pub struct Service {
    /// The log and, in the same database, the views.
    pub store: Store,
    /// The writer.
    pub ledger: Ledger,
    /// Who may use the service.
    pub tokens: Vec<Token>,
    /// Whether the views are kept up.
    pub views: watch::Receiver<ViewsState>,
    /// How far the feed is, if there is one.
    pub feed: Option<watch::Receiver<PublisherStatus>>,
    /// True from when the service is told to stop.
    pub stopping: watch::Receiver<bool>,
    /// Room for commands under way, a permit for each KiB.
    pub room: Arc<Semaphore>,
    /// What the ids of requests begin with: another text in each process.
    request_prefix: u32,
    requests: AtomicU64,
}

impl Service {
    pub fn new(
        store: Store,
        ledger: Ledger,
        tokens: Vec<Token>,
        views: watch::Receiver<ViewsState>,
        feed: Option<watch::Receiver<PublisherStatus>>,
        stopping: watch::Receiver<bool>,
    ) -> Result<Arc<Self>, getrandom::Error> {
        Ok(Arc::new(Self {
            store,
            ledger,
            tokens,
            views,
            feed,
            stopping,
            room: Arc::new(Semaphore::new(MOST_KIB_UNDER_WAY as usize)),
            request_prefix: getrandom::u32()?,
            requests: AtomicU64::new(1),
        }))
    }

    /// A new id for a request.
    pub fn request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:08x}-{number}", self.request_prefix)
    }
}

/// Waits until told, or until nobody is left who could tell.
pub async fn told(mut signal: watch::Receiver<bool>) {
    // An error means that the sender is gone.
    let _ = signal.wait_for(|told| *told).await;
}
