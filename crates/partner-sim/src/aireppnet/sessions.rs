//! Sessions, which end by themselves when nothing is asked for (protocol 1.4).

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher, RandomState},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::Server;

/// The open sessions of all servers, by cookie.
pub(super) struct Sessions {
    idle: Duration,
    open: Mutex<HashMap<String, Open>>,
    random: RandomState,
    count: AtomicU64,
}

struct Open {
    server: Server,
    commune: String,
    last: Instant,
}

impl Sessions {
    pub(super) fn new(idle: Duration) -> Self {
        Self { idle, open: Mutex::default(), random: RandomState::new(), count: AtomicU64::new(0) }
    }

    /// The cookie of a new session.
    pub(super) fn open(&self, server: Server, commune: &str, now: Instant) -> String {
        let mut hasher = self.random.build_hasher();
        hasher.write_u64(self.count.fetch_add(1, Ordering::Relaxed));
        let cookie = format!("{:016x}", hasher.finish());
        self.lock().insert(cookie.clone(), Open { server, commune: commune.to_owned(), last: now });
        cookie
    }

    /// Whose session it is, if it is open; its idle time begins anew.
    pub(super) fn touch(&self, server: Server, cookie: Option<&str>, now: Instant) -> Option<String> {
        let mut sessions = self.lock();
        sessions.retain(|_, open| now.saturating_duration_since(open.last) < self.idle);
        let open = sessions.get_mut(cookie?).filter(|open| open.server == server)?;
        open.last = now;
        Some(open.commune.clone())
    }

    pub(super) fn close(&self, cookie: Option<&str>) {
        if let Some(cookie) = cookie {
            self.lock().remove(cookie);
        }
    }

    pub(super) fn end_all(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Server, Sessions};

    #[test]
    fn a_session_ends_after_its_idle_time_and_lives_on_one_server() {
        let sessions = Sessions::new(Duration::from_secs(60));
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let cookie = sessions.open(Server::EtatCivil, "96010", start);
        assert_eq!(sessions.touch(Server::ElectionsFr, Some(&cookie), after(1)), None);
        assert_eq!(sessions.touch(Server::EtatCivil, Some(&cookie), after(59)).as_deref(), Some("96010"));
        assert_eq!(sessions.touch(Server::EtatCivil, Some(&cookie), after(118)).as_deref(), Some("96010"));
        assert_eq!(sessions.touch(Server::EtatCivil, Some(&cookie), after(178)), None);
        assert_eq!(sessions.touch(Server::EtatCivil, None, start), None);
    }
}
