//! Where a ledger of a test lies.

use almoner_log::{Database, Store};
use almoner_test_servers::shared_postgres;
use tempfile::TempDir;

pub const LEDGER: &str = "411700";

/// A database of its own, and a ledger in it.
pub struct Place {
    pub url: String,
    _directory: Option<TempDir>,
}

impl Place {
    pub fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("ledger.db").display());
        Self { url, _directory: Some(directory) }
    }

    pub fn postgres() -> Self {
        let url = shared_postgres().unwrap().create_database().unwrap();
        Self { url, _directory: None }
    }

    /// Makes the ledger.
    pub async fn create(&self) -> Store {
        self.create_ledger(LEDGER).await
    }

    /// Makes a ledger beside others.
    pub async fn create_ledger(&self, name: &str) -> Store {
        Store::create(&self.url, name).await.unwrap()
    }

    /// Opens the ledger with connections of its own, as another process does.
    pub async fn open(&self) -> Store {
        Store::open(&self.url, Some(LEDGER)).await.unwrap()
    }
}

/// The single number that a query gives.
pub async fn number(database: &Database, sql: &str) -> i64 {
    database.rows(sql, &[]).await.unwrap().first().unwrap().integer(0).unwrap()
}

/// Runs a test on both databases.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite { $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() { super::$name(crate::place::Place::sqlite()).await; }
        )* }
        mod postgres { $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() { super::$name(crate::place::Place::postgres()).await; }
        )* }
    };
}
pub(crate) use on_both;
