//! Keeping up with the writer.

use std::pin::pin;
use std::time::Duration;

use almoner_log::Store;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::ViewsError;
use crate::build::Builder;

/// How long to wait after the database failed: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How often to look into the log without being told of new records: another process may write them.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How long to let records gather, so that views cost the writer little.
const GATHER: Duration = Duration::from_millis(10);

/// Keeps the views at the end of the log until `stop` is ready or the sender of `durable` (the position up
/// to which the log is on disk) is gone; then takes in the rest and returns.
///
/// A failing database is tried again and again, with growing pauses.
///
/// # Errors
/// What trying again cannot mend: a record that cannot be taken in, damaged rows, a newer version.
pub async fn follow(
    store: &Store,
    mut durable: watch::Receiver<u64>,
    stop: impl Future<Output = ()>,
) -> Result<(), ViewsError> {
    let mut stop = pin!(stop);
    let mut builder = Builder::new(store);
    let mut pause = FIRST_PAUSE;
    let mut ending = false;
    loop {
        // What is announced from here on is still unseen when it comes to waiting.
        durable.mark_unchanged();
        let caught_up = tokio::select! {
            caught_up = builder.catch_up() => caught_up,
            () = &mut stop, if !ending => {
                ending = true;
                // A batch that was broken off is not committed; it is taken in below.
                builder = Builder::new(store);
                continue;
            }
        };
        match caught_up {
            Ok(_) if ending => return Ok(()),
            Ok(_) => pause = FIRST_PAUSE,
            Err(error) if error.is_passing() && !ending => {
                say(&error, pause);
                tokio::select! {
                    () = sleep(pause) => {}
                    () = &mut stop => ending = true,
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
                builder = Builder::new(store);
                continue;
            }
            Err(error) => return Err(error),
        }
        tokio::select! {
            told = timeout(LOOK_AGAIN, durable.changed()) => match told {
                Ok(Err(_)) => ending = true,
                Ok(Ok(())) => sleep(GATHER).await,
                Err(_) => {}
            },
            () = &mut stop => ending = true,
        }
    }
}

fn say(error: &ViewsError, pause: Duration) {
    let error = error as &dyn std::error::Error;
    tracing::warn!(error, pause_ms = pause.as_millis() as u64, "the views wait for the database");
}
