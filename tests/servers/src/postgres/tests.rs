use std::net::TcpStream;

use super::*;

fn sql(url: &str, sql: &str) -> String {
    run_sql(&find_programs().unwrap(), url, sql).unwrap()
}

#[test]
fn a_server_answers_with_real_durability_and_200_connections() {
    let postgres = Postgres::start(PostgresOptions::default()).unwrap();
    let url = postgres.url("postgres");
    assert_eq!(sql(&url, "SHOW fsync"), "on");
    assert_eq!(sql(&url, "SHOW synchronous_commit"), "on");
    assert_eq!(sql(&url, "SHOW full_page_writes"), "on");
    assert_eq!(sql(&url, "SHOW max_connections"), "200");
    assert_eq!(sql(&url, "SHOW server_encoding"), "UTF8");
}

#[test]
fn settings_given_win_over_our_own() {
    let settings = vec![("max_connections".to_owned(), "17".to_owned())];
    let postgres = Postgres::start(PostgresOptions { settings }).unwrap();
    assert_eq!(sql(&postgres.url("postgres"), "SHOW max_connections"), "17");
}

#[test]
fn a_bad_setting_is_refused_with_the_servers_own_words() {
    let settings = vec![("max_connections".to_owned(), "many".to_owned())];
    let error = Postgres::start(PostgresOptions { settings }).unwrap_err().to_string();
    assert!(error.contains("invalid value for parameter \"max_connections\""), "{error}");
}

#[test]
fn data_outlives_a_stop_and_a_crash() {
    let mut postgres = Postgres::start(PostgresOptions::default()).unwrap();
    let url = postgres.create_database().unwrap();
    sql(&url, "CREATE TABLE kept (value int)");
    sql(&url, "INSERT INTO kept VALUES (1)");

    postgres.stop().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", postgres.port.number)).is_err());
    postgres.start_again().unwrap();
    assert_eq!(sql(&url, "SELECT sum(value) FROM kept"), "1");
    sql(&url, "INSERT INTO kept VALUES (2)");

    postgres.kill_9().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", postgres.port.number)).is_err());
    postgres.start_again().unwrap();
    assert_eq!(sql(&url, "SELECT sum(value) FROM kept"), "3");
    assert!(postgres.process.log_end().contains("automatic recovery in progress"));
}

#[test]
fn a_crash_takes_every_backend_with_it() {
    let mut postgres = Postgres::start(PostgresOptions::default()).unwrap();
    let postmaster = postgres.process.id().unwrap();
    let mut session = Command::new(find_programs().unwrap().join("psql"))
        .args(["-X", "-d", &postgres.url("postgres"), "-c", "SELECT pg_sleep(600)"])
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let active = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'";
    let url = postgres.url("postgres");
    assert!(wait_until(START_LIMIT, || sql(&url, active) == "1"));
    let backends = children_of(postmaster);
    assert!(backends.len() > 1);

    postgres.kill_9().unwrap();
    assert!(!is_running(postmaster));
    assert!(!backends.into_iter().any(is_running));
    assert!(!session.wait().unwrap().success());
}

#[test]
fn nothing_is_left_after_drop() {
    let mut postgres = Postgres::start(PostgresOptions::default()).unwrap();
    let stopped = Postgres::start(PostgresOptions::default()).map(|mut stopped| {
        stopped.stop().unwrap();
        stopped.process.directory().to_path_buf()
    });
    assert!(!stopped.unwrap().exists());

    let pid = postgres.process.id().unwrap();
    let directory = postgres.process.directory().to_path_buf();
    let port = postgres.port.number;
    assert!(directory.join("data/PG_VERSION").exists());
    assert!(postgres.process.ended().is_none());
    drop(postgres);
    assert!(!is_running(pid));
    assert!(!directory.exists());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn no_shared_memory_is_left_after_a_crash_and_drop() {
    let mut postgres = Postgres::start(PostgresOptions::default()).unwrap();
    let pid_file = fs::read_to_string(postgres.process.directory().join("data/postmaster.pid"));
    let segment =
        pid_file.unwrap().lines().nth(6).unwrap().split_whitespace().nth(1).unwrap().to_owned();
    let segments =
        || run_to_end(Command::new("ipcs").args(["-m", "-i", &segment])).unwrap_or_default();
    postgres.kill_9().unwrap();
    assert!(segments().contains(&format!("shmid={segment}")), "{}", segments());
    drop(postgres);
    assert!(!segments().contains(&format!("shmid={segment}")), "{}", segments());
}

#[test]
fn stopping_or_starting_twice_is_an_error() {
    let mut postgres = Postgres::start(PostgresOptions::default()).unwrap();
    assert!(postgres.start_again().unwrap_err().to_string().contains("runs already"));
    postgres.stop().unwrap();
    assert!(postgres.stop().unwrap_err().to_string().contains("is stopped"));
    assert!(postgres.kill_9().unwrap_err().to_string().contains("is stopped"));
}

#[test]
fn the_shared_server_gives_each_caller_an_empty_database() {
    let shared = shared_postgres().unwrap();
    let first = shared.create_database().unwrap();
    let second = shared.create_database().unwrap();
    assert_ne!(first, second);
    sql(&first, "CREATE TABLE mine (value int)");
    assert_eq!(sql(&second, "SELECT to_regclass('mine') IS NULL"), "t");
}

#[test]
fn a_database_name_takes_its_place_in_any_url() {
    for (url, expected) in [
        ("postgres://u@127.0.0.1:1/old", "postgres://u@127.0.0.1:1/new"),
        (
            "postgres://u:p%2Fw@[::1]:1/old?sslmode=disable",
            "postgres://u:p%2Fw@[::1]:1/new?sslmode=disable",
        ),
        ("postgres://u@host", "postgres://u@host/new"),
        ("postgres://u@host?options=a/b", "postgres://u@host/new?options=a/b"),
    ] {
        assert_eq!(with_database(url, "new"), expected);
    }
}
