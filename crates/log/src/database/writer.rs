//! The one connection of this process that writes to an SQLite file.
//!
//! SQLite lets one connection write at a time and makes others sleep and try again. Within a process a
//! queue is both fairer and quicker.

use std::sync::Arc;

use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::DatabaseError;

/// The writing connection. Clones share it; who wants to write waits for the others, in order.
#[derive(Clone, Debug)]
pub struct SqliteWriter(Arc<Mutex<Option<SqliteConnection>>>);

/// The writing connection in one user's hands. When it is dropped before the work is marked as
/// finished, because of an error or because nobody waits any more, an open transaction is rolled back.
#[derive(Debug)]
pub struct SqliteWriting {
    guard: Option<OwnedMutexGuard<Option<SqliteConnection>>>,
}

impl SqliteWriter {
    pub(crate) async fn open(options: &SqliteConnectOptions) -> Result<Self, DatabaseError> {
        Ok(Self(Arc::new(Mutex::new(Some(options.connect().await?)))))
    }

    /// Waits for the connection.
    pub(crate) async fn lock(&self) -> SqliteWriting {
        SqliteWriting { guard: Some(self.0.clone().lock_owned().await) }
    }

    pub(crate) async fn close(&self) {
        if let Some(connection) = self.0.lock().await.take() {
            // What was committed is on disk already.
            let _ = connection.close().await;
        }
    }
}

impl SqliteWriting {
    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, DatabaseError> {
        let connection = self.guard.as_mut().and_then(|guard| guard.as_mut());
        Ok(connection.ok_or(sqlx::Error::PoolClosed)?)
    }

    /// Runs statements that leave no transaction open when all of them succeed.
    pub(crate) async fn run(
        mut self,
        sql: &'static str,
        arguments: SqliteArguments,
    ) -> Result<u64, DatabaseError> {
        let done = sqlx::query_with(sql, arguments).execute(self.connection()?).await?;
        self.guard = None;
        Ok(done.rows_affected())
    }

    pub(crate) async fn begin(mut self) -> Result<Self, DatabaseError> {
        self.connection()?.execute("BEGIN IMMEDIATE").await?;
        Ok(self)
    }

    pub(crate) async fn commit(mut self) -> Result<(), DatabaseError> {
        self.connection()?.execute("COMMIT").await?;
        self.guard = None;
        Ok(())
    }

    /// Ends the use without any transaction having been begun.
    pub(crate) fn release(mut self) {
        self.guard = None;
    }
}

impl Drop for SqliteWriting {
    fn drop(&mut self) {
        let Some(mut guard) = self.guard.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        // The guard goes along, so that nobody else gets the connection before.
        runtime.spawn(async move {
            if let Some(connection) = guard.as_mut() {
                // Fails when no transaction is open, which is just as well.
                let _ = connection.execute("ROLLBACK").await;
            }
        });
    }
}
