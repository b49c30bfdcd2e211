use std::fmt;

/// Why a test server could not be started, stopped or asked.
///
/// The message is for the person who runs the tests: it says what to install or shows the end of
/// the server's own log. `Debug` prints the same text as `Display`, so that `unwrap` in a test
/// stays readable.
#[derive(Clone)]
pub struct ServerError(String);

impl ServerError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for ServerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for ServerError {}
