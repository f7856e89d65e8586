//! The channels of this workspace: one adapter per partner, each behind a Cargo feature, between a protocol crate that knows no
//! scheduler and a scheduler that knows no protocol.
//!
//! A new partner is one module here and one entry of [`CHANNELS`].
//!
//! ```
//! for channel in partners::CHANNELS {
//!     println!("{}: {}", channel.kind(), channel.summary());
//! }
//! ```

#[cfg(feature = "aireppnet")]
pub mod aireppnet;
#[cfg(all(test, any(feature = "pecoto", feature = "xfb")))]
mod breaking;
#[cfg(any(feature = "aireppnet", feature = "pecoto", feature = "xfb"))]
mod fault;
#[cfg(any(feature = "pecoto", feature = "xfb"))]
mod incoming;
#[cfg(any(feature = "pecoto", feature = "xfb"))]
mod look;
#[cfg(any(feature = "pecoto", feature = "xfb"))]
mod mailbox;
#[cfg(feature = "pecoto")]
pub mod pecoto;
#[cfg(any(feature = "aireppnet", feature = "pecoto", feature = "xfb"))]
mod point;
#[cfg(feature = "probe")]
pub mod probe;
#[cfg(any(feature = "aireppnet", feature = "pecoto", feature = "xfb"))]
mod settings;
#[cfg(any(feature = "aireppnet", feature = "xfb"))]
mod web;
#[cfg(feature = "xfb")]
pub mod xfb;

use scheduler_core::partner::Channel;

/// Every channel that was built in, in the order in which they are presented.
pub static CHANNELS: &[&dyn Channel] = &[
    #[cfg(feature = "xfb")]
    &xfb::Xfb,
    #[cfg(feature = "aireppnet")]
    &aireppnet::Aireppnet,
    #[cfg(feature = "pecoto")]
    &pecoto::Pecoto,
];

/// Every code that a fault, a finding or a notice of [`CHANNELS`], or a look at their end points, may carry: what a catalogue of messages must know.
pub fn codes() -> impl Iterator<Item = &'static str> {
    let lists: &'static [&'static [&'static str]] = &[
        #[cfg(feature = "xfb")]
        xfb::CODES,
        #[cfg(feature = "xfb")]
        xfb::CLIENT_CODES,
        #[cfg(feature = "aireppnet")]
        aireppnet::CODES,
        #[cfg(feature = "aireppnet")]
        aireppnet::CLIENT_CODES,
        #[cfg(feature = "aireppnet")]
        aireppnet::FINDINGS,
        #[cfg(feature = "pecoto")]
        pecoto::CODES,
        #[cfg(feature = "pecoto")]
        pecoto::CLIENT_CODES,
        #[cfg(any(feature = "pecoto", feature = "xfb"))]
        incoming::CODES,
        #[cfg(any(feature = "pecoto", feature = "xfb"))]
        pecoto_smtp::mailbox::MailboxError::CODES,
        #[cfg(feature = "probe")]
        probe::CODES,
    ];
    lists.iter().copied().flatten().copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn kinds_and_codes_are_distinct_and_in_kebab_case() {
        let is_kebab = |text: &str| {
            let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            !text.is_empty() && text.chars().all(legal)
        };
        let kinds: BTreeSet<&str> = CHANNELS.iter().map(|channel| channel.kind()).collect();
        assert_eq!(kinds.len(), CHANNELS.len());
        let all: Vec<&str> = codes().collect();
        let distinct: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(all.len(), distinct.len());
        assert!(kinds.into_iter().chain(distinct).all(is_kebab));
    }

    #[test]
    fn every_field_says_what_to_write() {
        for channel in CHANNELS {
            for field in channel.profile_fields().iter().chain(channel.scenario_fields()) {
                assert!(!field.help.is_empty(), "{}", field.name);
                assert!(!field.example.is_empty(), "{}", field.name);
            }
        }
    }
}
