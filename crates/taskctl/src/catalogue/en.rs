//! The English sentences: code, what happened, what to do.

pub(super) const ENTRIES: &[(&str, &str, &str)] = &[
    // A file that is held back
    (
        "duplicate-content",
        "This content was already sent to the same destination.",
        "If it really must go again: taskctl release ID. If not: taskctl cancel ID.",
    ),
    (
        "duplicate-identity",
        "A file with the same identity (name and authority) was already sent to the same destination.",
        "If it really must go again: taskctl release ID. If not: taskctl cancel ID.",
    ),
    (
        "empty-file",
        "The file is empty.",
        "Produce it again, then: taskctl cancel ID.",
    ),
    (
        "finding",
        "The check before sending found something wrong.",
        "Correct the file, then: taskctl cancel ID. To send it anyway: taskctl release ID.",
    ),
    (
        "too-large",
        "The file is larger than the partner takes.",
        "Split it, then: taskctl cancel ID.",
    ),
    (
        "file-too-large",
        "The file is larger than the partner takes.",
        "Split it, then: taskctl cancel ID.",
    ),
    // The station
    (
        "interrupted",
        "The station stopped during the sending.",
        "Nothing to do: the station goes on by itself.",
    ),
    (
        "session-interrupted",
        "The session was cut before its end.",
        "Nothing to do: the station goes on by itself.",
    ),
    (
        "operator-stopped",
        "The operator asked to stop before the end of the sending.",
        "Nothing to do: the file leaves at the next start.",
    ),
    (
        "scenario-unknown",
        "The scenario is no longer in the configuration.",
        "Put it back, or: taskctl cancel ID.",
    ),
    (
        "scenario-disabled",
        "The scenario is off.",
        "Write enabled = true in the configuration, or: taskctl cancel ID.",
    ),
    (
        "profile-unknown",
        "The profile is no longer in the configuration.",
        "Put it back, or: taskctl cancel ID.",
    ),
    (
        "profile-suspended",
        "The profile is suspended: the partner refused the password.",
        "Store the right one: taskctl secret set PROFILE.CHANNEL. Sending goes on by itself.",
    ),
    (
        "secret-unchanged",
        "The refused password has not changed.",
        "Store the new one: taskctl secret set PROFILE.CHANNEL.",
    ),
    (
        "disk-full",
        "The disk is full.",
        "Make room; the station goes on by itself.",
    ),
    (
        "journal-illegal-event",
        "The state of the file does not allow this.",
        "See where it stands: taskctl show ID.",
    ),
    (
        "journal-database",
        "The journal cannot be read or written.",
        "Check the disk and the rights of data_dir.",
    ),
    (
        "journal-damaged",
        "The journal is damaged.",
        "Delete nothing. Restore the last backup, or call your support.",
    ),
    (
        "journal-too-new",
        "The journal was written by a newer version of taskctl.",
        "Install the newest version.",
    ),
    (
        "journal-network-file-system",
        "data_dir is on a network share, where a journal cannot live.",
        "Choose a folder of a disk of this machine.",
    ),
    (
        "journal-closed",
        "The journal stopped after an error.",
        "Read the error before this one, correct it, start the station again.",
    ),
    (
        "store-failed",
        "The file could not be secured.",
        "Check the disk and the rights of data_dir.",
    ),
    (
        "backup-failed",
        "The backup copy could not be written.",
        "Check the scenario's backup folder: does it exist, is there room, may taskctl write in it?",
    ),
    (
        "publish-failed",
        "The return was received and could not be put in its folder.",
        "Check the folder of returns; the station tries again by itself.",
    ),
    (
        "folder-missing",
        "The watched folder does not exist, or its share is not mounted.",
        "Create the folder or mount the share; watching goes on by itself.",
    ),
    (
        "folder-unreadable",
        "The watched folder cannot be read.",
        "Let taskctl's account read and write in it.",
    ),
    (
        "folder-not-writable",
        "The files of the watched folder cannot be taken.",
        "Let taskctl's account write in it.",
    ),
    (
        "station-locked",
        "Another taskctl station holds this data folder.",
        "Stop the other one, or go through it: commands are handed to it.",
    ),
    // Evidence
    (
        "partner-not-authorised",
        "The server reports a partner that is not authorised.",
        "Ask the partner's contact to open your rights for this application and destination.",
    ),
    (
        "unknown-file",
        "The server reports an unknown file: it does not have it.",
        "Check the scenario's destination and application, then send it again.",
    ),
    (
        "undelivered",
        "The partner could not hand the file over.",
        "Call the partner's contact and give the file's name.",
    ),
    // XFB/Gateway
    (
        "xfb-config",
        "The configuration of the xfb channel cannot be used.",
        "Run taskctl check and correct what is underlined.",
    ),
    (
        "xfb-name-refused",
        "The name of this file cannot be transmitted.",
        "Rename it without special characters and drop it again.",
    ),
    (
        "xfb-field-refused",
        "A value of the scenario cannot be transmitted.",
        "Correct subject, destination or application in the scenario.",
    ),
    (
        "xfb-file-unreadable",
        "The secured file cannot be read.",
        "Check the disk of data_dir; the station tries again.",
    ),
    (
        "xfb-file-changed",
        "The file changed its size during the sending.",
        "Nothing to do: the station starts again. If it happens again, check the disk.",
    ),
    (
        "xfb-commit-refused",
        "The sending was stopped just before its end; the server does not have the file.",
        "Nothing to do: it will leave again.",
    ),
    (
        "xfb-connect-failed",
        "The server does not answer.",
        "The station tries again by itself. If it lasts: check the network, the tunnel, the firewall and the profile's address.",
    ),
    (
        "xfb-proxy-refused",
        "The proxy refuses the connection.",
        "Check the proxy's address and account in the profile.",
    ),
    (
        "xfb-tls-refused",
        "The server's certificate, or ours, is not accepted.",
        "Check this machine's clock and the profile's certification authority; send nothing until it is understood.",
    ),
    (
        "xfb-connection-lost",
        "The connection broke.",
        "The station tries again by itself.",
    ),
    (
        "xfb-timed-out",
        "The server was silent for too long.",
        "The station tries again by itself.",
    ),
    (
        "xfb-foreign-origin",
        "The server sends us to another address; nothing was given to it.",
        "Check the profile's address with the partner's contact.",
    ),
    (
        "xfb-page-too-large",
        "The server answered with an oversize page.",
        "The station tries again. If it happens again, call the partner's contact.",
    ),
    (
        "xfb-listing-too-long",
        "The list of available files is oversize.",
        "Ask the partner's contact to tidy your mailbox.",
    ),
    (
        "xfb-portal-refused",
        "The ILEX portal refuses the user or the password.",
        "Store the right password (taskctl secret set …). The profile is suspended until then, so that the account is not locked.",
    ),
    (
        "xfb-login-refused",
        "The Gateway server refuses the user or the password.",
        "Store the right password (taskctl secret set …). The profile is suspended until then, so that the account is not locked.",
    ),
    (
        "xfb-session-expired",
        "The session ended on the server.",
        "The station connects again by itself.",
    ),
    (
        "xfb-refused-for-now",
        "The server asks to try again later.",
        "The station tries again by itself.",
    ),
    (
        "xfb-page-refused",
        "The server refuses one of its pages.",
        "Ask the partner's contact to open your rights.",
    ),
    (
        "xfb-server-failed",
        "The server is out of order.",
        "The station tries again by itself.",
    ),
    (
        "xfb-unknown-page",
        "The server answered with an unknown page.",
        "The page is kept in the trace. If it happens again, give it to your support.",
    ),
    (
        "xfb-form-unmapped",
        "The server's upload form lacks the expected field; nothing was sent.",
        "Name the form's fields in the profile's `fields`: the trace lists them.",
    ),
    (
        "xfb-upload-refused",
        "The server refused the file.",
        "Read the reason, correct, drop the file again. When in doubt, call the partner's contact.",
    ),
    (
        "xfb-upload-unanswered",
        "The whole file left, and no answer says whether the server received it.",
        "It is not sent again until somebody knows. Wait for the server's mail, or ask the contact, then: taskctl resolve ID --deposited or --resend.",
    ),
    (
        "xfb-download-refused",
        "The server refuses to give this file.",
        "Call the partner's contact and give the reference.",
    ),
    (
        "xfb-download-unanswered",
        "A file was asked for and nothing says whether it was served.",
        "Ask the partner's contact to make it available again; give the reference.",
    ),
    (
        "xfb-download-incomplete",
        "The reception of a file broke off: the server believes it read, it is not whole.",
        "Ask the partner's contact to make it available again; give the reference.",
    ),
    (
        "xfb-download-too-large",
        "The file to receive is larger than allowed.",
        "Raise the profile's limit, then ask the contact to make the file available again.",
    ),
    (
        "xfb-bug",
        "taskctl made a mistake.",
        "Give the session's trace to your support.",
    ),
    // Mails
    (
        "mail-unreadable",
        "A mail cannot be read.",
        "Check the rights of the folder of mails.",
    ),
    (
        "mail-too-large",
        "A mail is larger than allowed; it is ignored.",
        "",
    ),
    (
        "mail-too-complex",
        "A mail is too complex to be honest; it is ignored.",
        "",
    ),
    (
        "mail-not-a-mail",
        "A file of the folder of mails is not a mail; it is ignored.",
        "",
    ),
    (
        "mailbox-not-a-folder",
        "The folder of mails does not exist.",
        "Correct it in the profile.",
    ),
    (
        "mailbox-unlistable",
        "The folder of mails cannot be read.",
        "Let taskctl's account read it.",
    ),
];
