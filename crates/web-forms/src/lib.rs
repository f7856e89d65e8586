//! What the clients of form-driven sites share, whichever the site: pages of tag soup, their forms, an upload that awaits a commit
//! point, one origin a conversation, cookies, secrets taken out of everything that is kept, TLS and proxies.
//!
//! A protocol crate brings what its site means: addresses, words, verdicts, error codes. This crate brings no verdict at all.
//!
//! ```
//! use url::Url;
//! use web_forms::page::{LogOn, Page};
//!
//! let page = Page::read("<FORM METHOD=POST ACTION=in><INPUT NAME=uid><INPUT TYPE=PASSWORD NAME=pwd></FORM>");
//! let form = LogOn::find(&page, &Url::parse("https://site.example/").unwrap()).unwrap();
//! assert_eq!(form.fill("96010", "secret"), [("uid".into(), "96010".into()), ("pwd".into(), "secret".into())]);
//! ```
//!
//! # Limits
//!
//! A page: the size that [`Site::page_bytes`](config::Site::page_bytes) says, [`MAX_ITEMS`](page::MAX_ITEMS) of each thing on it. Redirects: ten.
//! Cookies: a hundred. Files: pieces of 64 KB, whatever their size.

pub mod config;
mod cookies;
pub mod deposit;
mod error;
mod multipart;
pub mod outcome;
pub mod page;
pub mod redact;
pub mod retry_after;
pub mod text;
mod tls;
pub mod urls;
pub mod wire;

pub use error::{Error, Kind, Result};
