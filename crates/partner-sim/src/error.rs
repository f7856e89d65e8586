use std::{io, net::SocketAddr, path::PathBuf};

/// Why a simulator could not be started or told what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Our misuse: simulators hand out fake certificates and echo passwords, so they never leave the machine.
    #[error("{address} is not a loopback address; a simulator listens on 127.0.0.0/8 or ::1 only")]
    NotLoopback {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// Malformed input: a faults file that cannot be understood.
    #[error("faults file {}: {why}", path.display())]
    Faults {
        /// The file.
        path: PathBuf,
        /// Where and why, with the accepted values.
        why: String,
    },
    /// Environment: the port cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Environment: a file or folder of the state directory cannot be used.
    #[error("{}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Environment: the throw-away certificates could not be made.
    #[error("cannot make the throw-away certificates: {0}")]
    Certificate(#[from] rcgen::Error),
    /// Environment: the TLS library refused the certificates.
    #[error("cannot set TLS up: {0}")]
    Tls(#[from] rustls::Error),
}

impl Error {
    /// A stable name of the error, in kebab-case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotLoopback { .. } => "sim-not-loopback",
            Self::Faults { .. } => "sim-faults-file",
            Self::Listen { .. } => "sim-listen",
            Self::File { .. } => "sim-file",
            Self::Certificate(_) => "sim-certificate",
            Self::Tls(_) => "sim-tls",
        }
    }

    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
