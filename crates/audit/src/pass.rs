//! One pass over the records: one task reads ahead, several threads hash and parse, one folds in order.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinError;

use crate::source::{Beside, Chunk, Source, SourceError};

/// Is told how far a pass has come: the last position done, and the one at which it will end.
pub type Progress<'a> = &'a mut (dyn FnMut(u64, u64) + Send);

/// What a pass reads, and where it ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    pub end: u64,
    pub beside: Beside,
}

/// Reads all records up to the end of the range. `work` is done for several chunks at a time; `fold`
/// gets what came of it in the order of the records.
pub(crate) async fn pass<T, E>(
    source: &Source,
    range: Range,
    progress: Progress<'_>,
    work: impl Fn(Chunk) -> T + Send + Sync + 'static,
    mut fold: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E>
where
    T: Send + 'static,
    E: From<SourceError>,
{
    // Enough to keep every thread busy, and few enough to fit in memory.
    let ahead = std::thread::available_parallelism().map_or(2, usize::from) * 2;
    let (sender, mut receiver) = mpsc::channel(ahead);
    let mut reader = source.reader(range.end, range.beside).await?;
    let work = Arc::new(work);
    let reading = tokio::spawn(async move {
        while let Some(chunk) = reader.next().await? {
            let work = work.clone();
            let last = chunk.last;
            let working = tokio::task::spawn_blocking(move || work(chunk));
            // Nobody receives any more when the fold has failed.
            if sender.send((last, working)).await.is_err() {
                break;
            }
        }
        Ok::<_, SourceError>(())
    });
    while let Some((last, working)) = receiver.recv().await {
        fold(finished(working.await))?;
        progress(last, range.end);
    }
    finished(reading.await)?;
    Ok(())
}

/// What a task gave; a panic in it goes on here.
pub(crate) fn finished<T>(task: Result<T, JoinError>) -> T {
    match task {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(match error.try_into_panic() {
            Ok(panic) => panic,
            Err(error) => Box::new(error),
        }),
    }
}
