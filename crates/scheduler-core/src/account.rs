//! Whose account a request comes from, as the system itself proves it; what somebody says of himself is kept beside, and decides nothing.
//!
//! Names are those of `/etc/passwd`; an account that it does not list (a directory's) is called by its number: `uid 10042`.

#[cfg(unix)]
use std::fs;

/// The account that may speak for others: it owns the machine, the journal included.
const ROOT: u32 = 0;

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operator {
    /// The account that the system proves; `None` where it cannot tell.
    pub account: Option<String>,
    /// Whom the asker said to be, where that is not the account.
    pub claimed: Option<String>,
}

impl Operator {
    /// Who runs this process: its real account; behind `sudo`, when that made us root, the account that called it.
    /// `environment` looks up a variable.
    #[must_use]
    pub fn of_process(environment: impl Fn(&str) -> Option<String>) -> Self {
        let uid = process_account();
        let variable = |name| environment(name).filter(|value| !value.is_empty());
        let caller =
            || variable("SUDO_UID").and_then(|uid| uid.parse().ok()).map(name).or_else(|| variable("SUDO_USER"));
        let claimed = ["SUDO_USER", "LOGNAME", "USER", "USERNAME"].into_iter().find_map(variable);
        match uid {
            Some(ROOT) => Self { account: Some(caller().unwrap_or_else(|| name(ROOT))), claimed: None },
            uid => Self::proven(uid, claimed),
        }
    }

    /// Who left a file, from its owner and from what the file says: root may speak for others, nobody else.
    #[must_use]
    pub fn of_owner(owner: Option<u32>, says: String) -> Self {
        match owner {
            Some(ROOT) => Self { account: Some(says), claimed: None },
            owner => Self::proven(owner, Some(says)),
        }
    }

    fn proven(uid: Option<u32>, claimed: Option<String>) -> Self {
        let account = uid.map(name);
        let claimed = claimed.filter(|claimed| account.as_ref() != Some(claimed));
        Self { account, claimed }
    }

    /// As the journal keeps it: the account; where the system cannot tell, what was said; `?` where nothing was.
    #[must_use]
    pub fn who(&self) -> &str {
        self.account.as_deref().or(self.claimed.as_deref()).unwrap_or("?")
    }

    /// What a request left for the service says of its author.
    #[must_use]
    pub fn says(&self) -> &str {
        self.claimed.as_deref().unwrap_or_else(|| self.who())
    }
}

/// The program that embeds a station answers for the account that it names.
impl From<&str> for Operator {
    fn from(account: &str) -> Self {
        Self { account: Some(account.to_owned()), claimed: None }
    }
}

#[cfg(unix)]
fn process_account() -> Option<u32> {
    Some(rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn process_account() -> Option<u32> {
    None
}

/// The account that this process acts with.
#[cfg(unix)]
pub(crate) fn effective() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(unix)]
fn name(uid: u32) -> String {
    fs::read_to_string("/etc/passwd").ok().and_then(|text| name_in(&text, uid)).unwrap_or_else(|| format!("uid {uid}"))
}

#[cfg(not(unix))]
fn name(uid: u32) -> String {
    format!("uid {uid}")
}

/// The first name that a password file gives to an account.
#[cfg(unix)]
fn name_in(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_named_as_the_system_names_them() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\n\nbroken\n:x:7::\nmartin:x:1000:1000:M. Martin:/home/m:/bin/sh\nalias:x:1000::\n";
        assert_eq!(name_in(passwd, 1000).as_deref(), Some("martin"));
        assert_eq!((name_in(passwd, 7), name_in(passwd, 42)), (None, None));
        assert_eq!(name(0), "root");
        assert_eq!(name(3_999_999_999), "uid 3999999999");
    }

    #[test]
    fn only_root_speaks_for_others() {
        let of = |owner| Operator::of_owner(Some(owner), "dupont".to_owned());
        assert_eq!(of(0), Operator { account: Some("dupont".to_owned()), claimed: None });
        let other = of(3_999_999_999);
        assert_eq!((other.who(), other.claimed.as_deref()), ("uid 3999999999", Some("dupont")));
        let unknown = Operator::of_owner(None, "dupont".to_owned());
        assert_eq!((unknown.account.as_deref(), unknown.who()), (None, "dupont"));
    }

    /// What the environment says never becomes the account of somebody who is not root.
    #[test]
    fn the_environment_proves_nothing() {
        let says = |wanted: &str| (["SUDO_USER", "USER", "LOGNAME"].contains(&wanted)).then(|| "dupont".to_owned());
        let operator = Operator::of_process(says);
        if rustix::process::getuid().as_raw() == ROOT {
            assert_eq!(operator, Operator::from("dupont"), "sudo says who called it");
        } else {
            assert_ne!(operator.who(), "dupont");
            assert_eq!(operator.says(), "dupont");
        }
    }
}
