//! The SQL that makes and changes the tables, compiled into the program.
//!
//! A new migration is a file of the same number in both folders and a line in both lists below.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Number, name and SQL of one migration.
type Source = (i64, &'static str, &'static str);

const SQLITE: &[Source] = &[
    (1, "log", include_str!("../../../../migrations/sqlite/0001_log.sql")),
    (2, "views", include_str!("../../../../migrations/sqlite/0002_views.sql")),
];

const POSTGRES: &[Source] = &[
    (1, "log", include_str!("../../../../migrations/postgres/0001_log.sql")),
    (2, "views", include_str!("../../../../migrations/postgres/0002_views.sql")),
];

pub(crate) fn sqlite() -> Migrator {
    migrator(SQLITE)
}

pub(crate) fn postgres() -> Migrator {
    migrator(POSTGRES)
}

fn migrator(sources: &[Source]) -> Migrator {
    let migration = |(number, name, sql): &Source| {
        let sql = (*sql).into_sql_str();
        Migration::new(*number, (*name).into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(sources.iter().map(migration).collect())
}
