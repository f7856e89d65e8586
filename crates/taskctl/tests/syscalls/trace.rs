//! Reads what `strace -f -yy` wrote: one [`Call`] per system call, calls of several threads told apart.

use std::collections::HashMap;

/// One system call that concerns durability or the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// Line at which it was entered.
    pub(crate) start: usize,
    /// Line at which it returned.
    pub(crate) end: usize,
    pub(crate) act: Act,
}

/// What a call did; only successful ones are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// `fsync` or `fdatasync` of this file or folder.
    Sync(String),
    /// `syncfs` of the file system that holds this folder.
    SyncFileSystem(String),
    /// Bytes into this file.
    Write(String),
    /// Bytes onto a connection, as strace shows them.
    Send(String),
    /// A second or another name: `link`, `rename`.
    Name { from: String, to: String },
    /// A name taken away.
    Unlink(String),
    /// A folder created.
    Mkdir(String),
}

/// Every kept call, in the order of their beginnings.
pub(crate) fn parse(text: &str) -> Vec<Call> {
    let mut open: HashMap<&str, (usize, String)> = HashMap::new();
    let mut calls = Vec::new();
    for (line, row) in text.lines().enumerate() {
        let Some((thread, rest)) = row.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if let Some(begun) = rest.strip_suffix("<unfinished ...>") {
            open.insert(thread, (line, begun.trim_end().to_owned()));
        } else if let Some(resumed) = rest.strip_prefix("<... ") {
            let Some((start, begun)) = open.remove(thread) else { continue };
            let ended = resumed.split_once("resumed>").map_or("", |(_, ended)| ended);
            calls.extend(call(start, line, &format!("{begun}{ended}")));
        } else {
            calls.extend(call(line, line, rest));
        }
    }
    calls.sort_by_key(|call| call.start);
    calls
}

fn call(start: usize, end: usize, text: &str) -> Option<Call> {
    let (name, rest) = text.split_once('(')?;
    let (arguments, answer) = rest.rsplit_once(" = ")?;
    if answer.starts_with(['-', '?']) {
        return None;
    }
    let act = match name {
        "fsync" | "fdatasync" => Act::Sync(descriptor(arguments)?),
        "syncfs" => Act::SyncFileSystem(descriptor(arguments)?),
        "write" | "writev" | "pwrite64" | "sendto" | "sendmsg" => match descriptor(arguments)? {
            path if path.starts_with("TCP") => Act::Send(arguments.to_owned()),
            path => Act::Write(path),
        },
        "rename" | "renameat" | "renameat2" | "link" | "linkat" => {
            let mut names = quoted(arguments).into_iter();
            Act::Name { from: names.next()?, to: names.next()? }
        }
        "unlink" | "unlinkat" => Act::Unlink(quoted(arguments).pop()?),
        "mkdir" | "mkdirat" => Act::Mkdir(quoted(arguments).pop()?),
        _ => return None,
    };
    Some(Call { start, end, act })
}

/// The file behind the first argument: `12</a/b>, …`.
fn descriptor(arguments: &str) -> Option<String> {
    let (number, rest) = arguments.split_once('<')?;
    let end = rest.find(">,").or_else(|| rest.find(">)"))?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| rest[..end].to_owned())
}

fn quoted(arguments: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = arguments;
    while let Some((_, begun)) = rest.split_once('"') {
        let Some((text, after)) = begun.split_once('"') else { break };
        found.push(text.to_owned());
        rest = after;
    }
    found
}

#[test]
fn calls_of_several_threads_are_told_apart() {
    let text = "\
7 fsync(3</h/a> <unfinished ...>
8 rename(\"/h/x\", \"/h/y\") = 0
9 unlink(\"/h/gone\") = -1 ENOENT (No such file or directory)
7 <... fsync resumed>)             = 0
8 writev(19<TCP:[127.0.0.1:1->127.0.0.1:2]>, [{iov_base=\"POST /x\", iov_len=7}], 1) = 7
8 linkat(AT_FDCWD</h>, \"/h/y\", AT_FDCWD</h>, \"/h/z\", 0) = 0
";
    let calls = parse(text);
    let names = |from: &str, to: &str| Act::Name { from: from.to_owned(), to: to.to_owned() };
    assert_eq!(calls[0], Call { start: 0, end: 3, act: Act::Sync("/h/a".to_owned()) });
    assert_eq!(calls[1], Call { start: 1, end: 1, act: names("/h/x", "/h/y") });
    assert!(matches!(&calls[2].act, Act::Send(text) if text.contains("POST /x")));
    assert_eq!(calls[3].act, names("/h/y", "/h/z"));
    assert_eq!(calls.len(), 4);
}
