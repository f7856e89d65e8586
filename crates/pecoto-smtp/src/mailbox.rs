//! Reading mails, wherever they lie, and what they say.
//!
//! - [`Mailbox`] is a session with a maildir, a POP3 or an IMAP server ([`Source`]): list, read, dispose of what is durable elsewhere.
//! - [`maildir::Look`] only looks at a maildir or a folder of `.eml` files, and never changes it.
//! - [`Mail`] is a mail as people write them, [`report::Report`] one that a mail system or a mail program wrote about another, [`Attachment`] a file in either.
//!
//! Every mail and every server is hostile: sizes, numbers of parts, lines and waiting are bounded ([`Limits`], [`Server`]), a mail that
//! cannot be read is an item of the answer ([`Problem`], [`Fetched`]), and one bad mail never hides the others
//! (docs/protocols/mailbox.md).
//!
//! ```no_run
//! use pecoto_smtp::{mailbox::*, submission::tls_config};
//!
//! # async fn collect(mut is_known: impl FnMut(&MailId) -> bool) -> Result<(), Box<dyn std::error::Error>> {
//! let security = Security::Implicit(tls_config(None, None)?);
//! let server = Server::new("imap.saint-eloi.example", 993, security, "recensement", "secret".into())?;
//! let source = Source::Imap { server, folder: "INBOX".to_owned() };
//! let mut mailbox = Mailbox::open(&source, Limits::default()).await?;
//! for entry in mailbox.list(&mut is_known).await?.new {
//!     let Fetched::Whole(bytes) = mailbox.read(&entry.id).await? else { continue };
//!     if let Some(report) = report::Report::read(&bytes, &Limits::default())? {
//!         println!("about {:?}: {:?}", report.original_message_id, report.content);
//!     }
//!     for file in Attachment::all(&bytes, &Limits::default())? {
//!         file.store("answers".as_ref())?; // on the disk when it returns
//!     }
//!     mailbox.dispose(&entry.id, &Disposal::Delete).await?; // only now
//! }
//! mailbox.close().await?; // POP3 deletes here
//! # Ok(())
//! # }
//! ```
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

mod attachment;
mod durable;
mod effort;
mod error;
mod fetch;
mod folder;
mod identity;
pub mod imap;
mod mail;
pub mod maildir;
pub mod pop3;
pub mod report;
mod server;
mod session;
mod wire;

pub use attachment::{Attachment, MAX_ATTACHMENTS, Stored};
pub use error::{Again, Blame, MailError, MailboxError, Problem};
pub use fetch::Fetched;
pub use folder::Folder;
pub use identity::MailId;
pub use mail::{Limits, Mail};
pub use server::{Security, Server};
pub use session::{Disposal, Entry, Listing, MAX_HEAD, Mailbox, Source};
