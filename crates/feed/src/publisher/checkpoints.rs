//! Publishing the log's signed checkpoints, after the records that they cover.

use almoner_log::{Store, StoreError, Value};
use almoner_proof::Checkpoint;
use tokio::time::Instant;

use super::records::{CONFIRM_LIMIT, headers};
use super::{Fork, PublishError, Publisher, Result, acknowledgement};
use crate::connection::NatsError;
use crate::stream::{CHECKPOINT_CONTENT_TYPE, message};

/// Where the checkpoint stream ends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CheckpointEnd {
    /// The stream's last sequence.
    sequence: u64,
    /// The size in the last checkpoint, 0 if there is none.
    pub size: u64,
}

impl Publisher {
    /// Publishes the newest checkpoint that covers nothing but published records, unless it is
    /// published already.
    pub(super) async fn publish_checkpoint(&mut self) -> Result<()> {
        self.progress.checkpoint_sent = Some(Instant::now());
        let Some((size, note)) = newest_checkpoint(&self.store, self.progress.published).await?
        else {
            return Ok(());
        };
        if size <= self.progress.checkpoints.size {
            return Ok(());
        }
        let compared = std::mem::take(&mut self.progress.compared);
        self.send_checkpoint(size, note).await?;
        self.progress.compared = compared;
        Ok(())
    }

    async fn send_checkpoint(&mut self, size: u64, note: String) -> Result<()> {
        let sequence = self.progress.checkpoints.sequence + 1;
        let headers = headers(
            CHECKPOINT_CONTENT_TYPE,
            format!("{}:checkpoint:{size}", self.names.ledger),
            sequence - 1,
        );
        let subject = self.names.checkpoint_subject.clone();
        let request = self.link.client.request_with_headers(subject, headers, note.into());
        let answer = tokio::time::timeout(CONFIRM_LIMIT, request)
            .await
            .map_err(|_| PublishError::NotConfirmed { position: size })?
            .map_err(NatsError::on("take a checkpoint"))?;
        acknowledgement::confirms(&answer.payload, &self.names.checkpoints, sequence)
            .map_err(|reason| PublishError::NotStored { position: size, reason })?;
        self.progress.checkpoints = CheckpointEnd { sequence, size };
        Ok(())
    }

    /// Finds out where the checkpoint stream ends and makes sure that its last checkpoint is one of
    /// our log. The stream is made if it is not there.
    pub(super) async fn compare_checkpoints(&mut self) -> Result<()> {
        let stream = self.names.checkpoints.as_str();
        let subject = self.names.checkpoint_subject.clone();
        let sequence = self.end_of(stream, subject).await?;
        if sequence == 0 {
            self.progress.checkpoints = CheckpointEnd::default();
            return Ok(());
        }
        let Some(last) = message(&self.link.jetstream, stream, sequence).await? else {
            return Err(PublishError::Lost { stream: stream.to_owned(), position: sequence });
        };
        let other = |position| self.fork(position, Fork::OtherCheckpoint);
        let published = str::from_utf8(&last.payload).ok().and_then(text_of);
        let Some(size) = published.and_then(|text| Some(Checkpoint::parse(text).ok()?.size)) else {
            return Err(other(self.progress.published));
        };
        self.wait_for_log(size, self.progress.published).await?;
        // A checkpoint may have gathered further signatures; what was signed stays the same.
        let recorded = newest_checkpoint(&self.store, size).await?;
        if recorded.as_ref().and_then(|(_, note)| text_of(note)) != published {
            return Err(other(size));
        }
        self.progress.checkpoints = CheckpointEnd { sequence, size };
        Ok(())
    }
}

/// The newest checkpoint in the log of at most `size` records, with its size.
async fn newest_checkpoint(
    store: &Store,
    size: u64,
) -> std::result::Result<Option<(u64, String)>, StoreError> {
    let sql = "SELECT checkpoint.size, checkpoint.note
               FROM ledger JOIN checkpoint ON checkpoint.ledger = ledger.number
               WHERE ledger.name = $1 AND checkpoint.size <= $2
               ORDER BY checkpoint.size DESC LIMIT 1";
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let rows = store.database().rows(sql, &[store.ledger().into(), Value::Integer(size)]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let size = u64::try_from(row.integer(0)?)
        .map_err(|_| StoreError::Damaged("a checkpoint has a negative size".to_owned()))?;
    Ok(Some((size, row.text(1)?.to_owned())))
}

/// The text of a signed note, without the signatures below it.
fn text_of(note: &str) -> Option<&str> {
    let (above, _) = note.rsplit_once("\n\n")?;
    note.get(..above.len() + 1)
}
