//! As much of MIME as the server needs to know what it was sent: headers, the attachment's name and bytes.

/// A message, as far as it was understood.
#[derive(Debug, Default)]
pub(super) struct Understood {
    pub(super) message_id: String,
    pub(super) subject: String,
    pub(super) wants_receipt: bool,
    pub(super) name: Option<String>,
    pub(super) attachment: Option<Vec<u8>>,
    /// Everything up to the first empty line.
    pub(super) headers: String,
}

pub(super) fn understand(message: &[u8]) -> Understood {
    let (headers, body) = split(message);
    let field = |name: &str| header(&headers, name).unwrap_or_default();
    let mut understood = Understood {
        message_id: field("message-id").trim_matches(['<', '>']).to_owned(),
        subject: field("subject"),
        wants_receipt: header(&headers, "disposition-notification-to").is_some(),
        headers: headers.clone(),
        ..Understood::default()
    };
    let boundary = header(&headers, "content-type").and_then(|kind| parameter(&kind, "boundary"));
    for part in boundary.map(|boundary| parts(body, &boundary)).unwrap_or_default() {
        let (headers, content) = split(part);
        let disposition = header(&headers, "content-disposition").unwrap_or_default();
        if disposition.to_ascii_lowercase().starts_with("attachment") {
            understood.name = parameter(&disposition, "filename");
            understood.attachment = base64(content);
        }
    }
    understood
}

/// The attachment's name in a message that is still coming.
pub(super) fn name_so_far(message: &[u8]) -> Option<String> {
    let (headers, body) = split(message);
    let boundary = parameter(&header(&headers, "content-type")?, "boundary")?;
    parts(body, &boundary).into_iter().find_map(|part| {
        let end = part.windows(4).position(|four| four == b"\r\n\r\n")?;
        let headers = String::from_utf8_lossy(&part[..end]).into_owned();
        parameter(&header(&headers, "content-disposition")?, "filename")
    })
}

fn split(message: &[u8]) -> (String, &[u8]) {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = end.map_or((message, &[][..]), |end| (&message[..end + 2], &message[end + 4..]));
    (String::from_utf8_lossy(head).into_owned(), body)
}

/// A header's value, unfolded.
fn header(headers: &str, wanted: &str) -> Option<String> {
    let unfolded = headers.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case(wanted).then(|| value.trim().to_owned())
    })
}

/// What stands between boundaries; the last part may lack its end.
fn parts<'b>(body: &'b [u8], boundary: &str) -> Vec<&'b [u8]> {
    let delimiter = format!("--{boundary}").into_bytes();
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(found) = memchr::memmem::find(&body[at..], &delimiter) {
        places.push(at + found);
        at += found + delimiter.len();
    }
    let end = |index: usize| places.get(index + 1).copied().unwrap_or(body.len());
    let part = |(index, place): (usize, &usize)| {
        let content = &body[place + delimiter.len()..end(index)];
        content.strip_prefix(b"\r\n")
    };
    places.iter().enumerate().filter_map(part).collect()
}

/// A parameter of a header: plain, quoted, or as RFC 2231 writes it, in pieces and in UTF-8.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mut pieces: Vec<(usize, Vec<u8>)> = Vec::new();
    for (name, text) in parameters(value) {
        let name = name.to_ascii_lowercase();
        if name == wanted {
            return Some(text);
        }
        let Some(rest) = name.strip_prefix(wanted).and_then(|rest| rest.strip_prefix('*')) else { continue };
        let encoded = rest.is_empty() || rest.ends_with('*');
        let index = rest.trim_end_matches('*').parse().unwrap_or(0);
        let text = if index == 0 && encoded { text.splitn(3, '\'').last().unwrap_or_default() } else { &text };
        pieces.push((index, if encoded { unpercent(text) } else { text.as_bytes().to_vec() }));
    }
    pieces.sort();
    let bytes: Vec<u8> = pieces.into_iter().flat_map(|(_, bytes)| bytes).collect();
    (!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

fn parameters(value: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = value.split_once(';').map_or("", |(_, rest)| rest);
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ';', '\t']).to_owned();
        let after = after.trim_start();
        let Some(quoted) = after.strip_prefix('"') else {
            let end = after.find(';').unwrap_or(after.len());
            found.push((name, after[..end].trim().to_owned()));
            rest = &after[end..];
            continue;
        };
        let mut text = String::new();
        let mut letters = quoted.char_indices();
        let mut end = quoted.len();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    end = at + 1;
                    break;
                }
                '\\' => text.extend(letters.next().map(|(_, letter)| letter)),
                _ => text.push(letter),
            }
        }
        found.push((name, text));
        rest = &quoted[end..];
    }
    found
}

fn unpercent(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match byte {
            b'%' => {
                let value = digit(bytes.next()).unwrap_or(0) * 16 + digit(bytes.next()).unwrap_or(0);
                out.push(u8::try_from(value).unwrap_or(b'?'));
            }
            _ => out.push(byte),
        }
    }
    out
}

/// White space does not count; anything else foreign makes it none.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0);
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' | b'\r' | b'\n' => continue,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(out)
}

pub(super) fn to_base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (index, three) in bytes.chunks(3).enumerate() {
        if index > 0 && index % 19 == 0 {
            out.push_str("\r\n");
        }
        let at = |place: usize| u32::from(three.get(place).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = DIGITS[(word >> shift & 63) as usize];
            out.push(if place > three.len() { '=' } else { char::from(digit) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "Subject: a\r\nMessage-ID: <1@b>\r\nDisposition-Notification-To: <c@d>\r\nContent-Type: multipart/mixed;\r\n boundary=\"=_x\"\r\n\r\n\
        --=_x\r\nContent-Type: text/plain\r\n\r\nhello\r\n--=_x\r\nContent-Disposition: attachment;\r\n filename*0*=utf-8''%C3%A9t%C3%A9;\r\n filename*1=\".txt\"\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nAP8N\r\nCg==\r\n--=_x--\r\n";

    #[test]
    fn a_message_is_understood() {
        let found = understand(MESSAGE.as_bytes());
        assert_eq!((found.message_id.as_str(), found.subject.as_str(), found.wants_receipt), ("1@b", "a", true));
        assert_eq!(found.name.as_deref(), Some("été.txt"));
        assert_eq!(found.attachment.as_deref(), Some(&b"\x00\xff\r\n"[..]));
        let cut = MESSAGE.find("AP8N").unwrap();
        assert_eq!(name_so_far(&MESSAGE.as_bytes()[..cut]).as_deref(), Some("été.txt"));
        assert_eq!(name_so_far(&MESSAGE.as_bytes()[..60]), None);
    }

    #[test]
    fn base64_both_ways() {
        for size in [0, 1, 2, 3, 56, 57, 58, 200] {
            let bytes: Vec<u8> = (0..size).collect();
            assert_eq!(base64(to_base64(&bytes).as_bytes()).unwrap(), bytes);
        }
        assert_eq!(to_base64(b"\x00\xff\r\n"), "AP8NCg==");
        assert_eq!(base64(b"a*b"), None);
    }
}
