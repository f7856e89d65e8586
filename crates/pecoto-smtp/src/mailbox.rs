//! Reading mails, wherever they lie: today a maildir or a folder of `.eml` files ([`maildir`]).
//!
//! Every mail is hostile: its size, its number of parts and the length of its text are bounded ([`Limits`]), a mail that
//! cannot be read is an item of the answer ([`Problem`]), and one bad mail never hides the others. Nothing is ever
//! written, moved or flagged in the source.
//!
//! ```no_run
//! use pecoto_smtp::mailbox::{Limits, maildir::Look};
//!
//! # fn main() -> Result<(), pecoto_smtp::mailbox::MailboxError> {
//! let mut look = Look::new("/var/mail/helios", Limits::default());
//! let seen = look.look(jiff::Timestamp::now())?;
//! for mail in &seen.mails {
//!     println!("{:?} {}", mail.date, mail.subject);
//! }
//! for problem in &seen.problems {
//!     eprintln!("{}: {} [{}]", problem.path.display(), problem.error, problem.error.code());
//! }
//! # Ok(())
//! # }
//! ```

mod effort;
mod error;
mod mail;
pub mod maildir;

pub use error::{Blame, MailError, MailboxError, Problem};
pub use mail::{Limits, Mail};
