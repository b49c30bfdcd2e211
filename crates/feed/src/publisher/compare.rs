//! Holding the stream against the log, to know where to go on.

use std::ops::RangeInclusive;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};

use super::{Fork, PublishError, Publisher, Result};
use crate::connection::NatsError;
use crate::stream::{find, first_gap, message, settings, wrong_setting};

/// How many records are asked from the stream at a time.
const READ_AHEAD: usize = 64;

/// For how long a log that is shorter than the stream may still catch up: the stream may have been
/// fed by another server, whose writes this one is about to see.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(3);
const CATCH_UP_PAUSE: Duration = Duration::from_millis(100);

impl Publisher {
    /// Finds out where the stream ends and makes sure that it holds our history. It is made if it is
    /// not there.
    pub(super) async fn compare(&mut self) -> Result<()> {
        let last = self.end_of(&self.names.records, self.names.record_subjects()).await?;
        self.wait_for_log(last, last).await?;
        // A stream that ends before what it confirmed has lost its end in a crash: it gets it again.
        let known = self.progress.published.min(last);
        // What we sent without a clear answer may be stored, and so may what somebody else sent in
        // between. Beyond that only the last record is of interest.
        let doubtful = known + 1..=self.progress.sent.min(last);
        if let Some(position) = self.first_difference(doubtful).await? {
            return Err(self.fork(position, Fork::OtherRecord));
        }
        if let Some(position) = self.first_difference(last.max(1)..=last).await? {
            let position = self.first_difference_after(known, position).await?;
            return Err(self.fork(position, Fork::OtherRecord));
        }
        self.progress.published = last;
        self.compare_checkpoints().await?;
        self.progress.compared = true;
        Ok(())
    }

    /// The last sequence of a stream, which is made if there is none.
    pub(super) async fn end_of(&self, name: &str, subject: String) -> Result<u64> {
        let jetstream = &self.link.jetstream;
        let Some((config, state)) = find(jetstream, name).await? else {
            let created = jetstream.create_stream(settings(name, subject)).await;
            created.map_err(NatsError::on("make a stream"))?;
            tracing::info!(ledger = self.names.ledger, stream = name, "made a stream");
            return Ok(0);
        };
        if let Some(setting) = wrong_setting(&config, &subject) {
            return Err(PublishError::Setting { stream: name.to_owned(), setting });
        }
        match first_gap(jetstream, name, &state).await? {
            Some(position) => Err(PublishError::Lost { stream: name.to_owned(), position }),
            None => Ok(state.last_sequence),
        }
    }

    /// Makes sure that the log reaches to a position that was published. `last` is where the stream
    /// of the records ends.
    pub(super) async fn wait_for_log(&self, position: u64, last: u64) -> Result<()> {
        let mut size = self.store.head().await?.size;
        let mut waited = Duration::ZERO;
        while size < position {
            if waited >= CATCH_UP_LIMIT {
                return Err(self.longer_than_log(size, last).await?);
            }
            tokio::time::sleep(CATCH_UP_PAUSE).await;
            waited += CATCH_UP_PAUSE;
            size = self.store.head().await?.size;
        }
        Ok(())
    }

    /// The log is too short. If the records that both have differ too, that is where they part.
    async fn longer_than_log(&self, size: u64, last: u64) -> Result<PublishError> {
        let both = size.min(last);
        Ok(match self.first_difference(both.max(1)..=both).await? {
            None => self.fork(size + 1, Fork::LongerThanLog),
            Some(position) => {
                let position = self.first_difference_after(0, position).await?;
                self.fork(position, Fork::OtherRecord)
            }
        })
    }

    /// The first of these positions at which stream and log hold different bytes.
    async fn first_difference(&self, positions: RangeInclusive<u64>) -> Result<Option<u64>> {
        let pages = futures::stream::iter(positions)
            .map(|position| async move {
                let differs = self.differs(position).await?;
                Ok::<_, PublishError>(differs.then_some(position))
            })
            .buffered(READ_AHEAD)
            .try_filter_map(|found| std::future::ready(Ok(found)));
        futures::pin_mut!(pages);
        pages.try_next().await
    }

    /// The first difference between `same` and `different`, found by halving.
    async fn first_difference_after(&self, mut same: u64, mut different: u64) -> Result<u64> {
        while different - same > 1 {
            let middle = same + (different - same) / 2;
            if self.differs(middle).await? {
                different = middle;
            } else {
                same = middle;
            }
        }
        Ok(different)
    }

    async fn differs(&self, position: u64) -> Result<bool> {
        let stream = self.names.records.as_str();
        let Some(published) = message(&self.link.jetstream, stream, position).await? else {
            return Err(PublishError::Lost { stream: stream.to_owned(), position });
        };
        let records = self.store.read(position, 1).await?;
        let recorded = records.iter().next();
        Ok(recorded.is_none_or(|(_, bytes)| bytes != published.payload))
    }

    pub(super) fn fork(&self, position: u64, fork: Fork) -> PublishError {
        PublishError::Forked { ledger: self.names.ledger.clone(), position, fork }
    }
}
