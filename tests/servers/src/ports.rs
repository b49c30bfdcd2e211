//! Loopback ports that stay ours while a server is stopped and started again.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::MetadataExt;
use std::time::SystemTime;

use crate::ServerError;

/// Below the range from which systems hand out ports for outgoing connections (32768 on Linux),
/// so that no client takes the port of a server that is down for a moment.
const FIRST: u16 = 20_000;
const COUNT: u16 = 10_000;

/// A port that no other test process of this user takes before this value is dropped.
///
/// The reservation is a locked file. The system releases the lock when the process ends, even if
/// it is killed.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) number: u16,
    _lock: File,
}

impl Port {
    /// Reserves a port on which nothing listens.
    pub(crate) fn reserve() -> Result<Self, ServerError> {
        let directory = std::env::temp_dir().join(format!("almoner-test-ports-{}", own_user()?));
        fs::create_dir_all(&directory).map_err(|error| {
            ServerError::new(format!("cannot create {}: {error}", directory.display()))
        })?;
        // Where to begin only spreads processes that start at the same time.
        let begin = SystemTime::UNIX_EPOCH
            .elapsed()
            .map_or(0, |since| since.subsec_nanos())
            .wrapping_add(std::process::id().wrapping_mul(7919));
        for step in 0..u32::from(COUNT) {
            let offset = begin.wrapping_add(step) % u32::from(COUNT);
            let Ok(offset) = u16::try_from(offset) else { continue };
            let number = FIRST + offset;
            let Ok(lock) = File::create(directory.join(number.to_string())) else { continue };
            if lock.try_lock().is_ok() && is_free(number) {
                return Ok(Self { number, _lock: lock });
            }
        }
        Err(ServerError::new(format!("no free port from {FIRST} on")))
    }
}

fn is_free(number: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok()
}

fn own_user() -> Result<u32, ServerError> {
    fs::metadata("/proc/self")
        .map(|metadata| metadata.uid())
        .map_err(|error: io::Error| ServerError::new(format!("cannot read /proc/self: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_port_is_not_given_twice() {
        let ports: Vec<Port> = (0..20).map(|_| Port::reserve().unwrap()).collect();
        let mut numbers: Vec<u16> = ports.iter().map(|port| port.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 20);
    }

    #[test]
    fn a_port_with_a_listener_is_not_free() {
        let port = Port::reserve().unwrap();
        assert!(is_free(port.number));
        let _listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.number)).unwrap();
        assert!(!is_free(port.number));
    }
}
