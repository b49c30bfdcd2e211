use std::io::Write;

use super::*;
use crate::process::is_running;

/// Sends one request by the text protocol of NATS and returns the answer's first line.
fn request(port: u16, subject: &str, body: &str) -> String {
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(
        connection,
        "CONNECT {{\"verbose\":false}}\r\nSUB answer 1\r\nPUB {subject} answer {}\r\n{body}\r\n",
        body.len()
    )
    .unwrap();
    let mut lines = BufReader::new(connection).lines().map(Result::unwrap);
    lines.find(|line| line.starts_with("MSG answer")).unwrap();
    lines.next().unwrap()
}

fn messages(nats: &Nats) -> String {
    let answer = request(nats.port.number, "$JS.API.STREAM.INFO.KEPT", "");
    let (_, rest) = answer.split_once("\"messages\":").unwrap();
    rest.split(',').next().unwrap().to_owned()
}

#[test]
fn every_installed_server_keeps_its_streams_over_a_stop_and_a_crash() {
    for binary in nats_servers().unwrap() {
        let mut nats = Nats::start(&binary).unwrap();
        let port = nats.port.number;
        let stream = r#"{"name":"KEPT","subjects":["kept"],"storage":"file"}"#;
        let created = request(port, "$JS.API.STREAM.CREATE.KEPT", stream);
        assert!(created.contains("\"created\""), "{created}");
        assert!(request(port, "kept", "one").contains("\"seq\":1"));

        nats.stop().unwrap();
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
        nats.start_again().unwrap();
        assert_eq!(messages(&nats), "1");
        assert!(request(port, "kept", "two").contains("\"seq\":2"));

        nats.kill_9().unwrap();
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
        nats.start_again().unwrap();
        assert_eq!(messages(&nats), "2");
        assert_eq!(nats.url(), format!("nats://127.0.0.1:{port}"));
    }
}

#[test]
fn a_server_knows_its_version() {
    for binary in nats_servers().unwrap() {
        let nats = Nats::start(&binary).unwrap();
        let greeting = {
            let connection = TcpStream::connect((Ipv4Addr::LOCALHOST, nats.port.number)).unwrap();
            let mut line = String::new();
            BufReader::new(connection).read_line(&mut line).unwrap();
            line
        };
        assert!(greeting.contains(&format!("\"version\":\"{}\"", nats.version())), "{greeting}");
    }
}

#[test]
fn nothing_is_left_after_drop() {
    let nats = Nats::start(nats_servers().unwrap().first().unwrap()).unwrap();
    let pid = nats.process.id().unwrap();
    let directory = nats.process.directory().to_path_buf();
    let port = nats.port.number;
    assert!(is_running(pid) && directory.join("store").exists());
    drop(nats);
    assert!(!is_running(pid));
    assert!(!directory.exists());
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
}

#[test]
fn another_program_is_refused_by_name() {
    let error = Nats::start(Path::new("/bin/echo")).unwrap_err().to_string();
    assert!(error.starts_with("/bin/echo is no NATS server"), "{error}");
}
