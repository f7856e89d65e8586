//! The configuration files.

use std::{fmt::Write as _, fs, path::Path};

use super::{BUREAU, CLOSED, FULL, GREY, MAIRIE, PASSWORD, Ports};

pub(super) fn write(root: &Path, ports: &Ports) {
    let users = [MAIRIE, BUREAU, GREY].iter().fold(String::new(), |mut users, user| {
        writeln!(users, "{user}:{{PLAIN}}{PASSWORD}").unwrap();
        users
    });
    fs::write(root.join("users"), users).unwrap();
    fs::write(root.join("dovecot.conf"), dovecot(root, ports)).unwrap();
    fs::write(root.join("etc/main.cf"), main_cf(root, ports)).unwrap();
    fs::write(root.join("etc/master.cf"), master_cf(ports)).unwrap();
}

/// Names end in `.invalid`, and no name is looked up: nothing ever leaves the machine.
fn main_cf(root: &Path, ports: &Ports) -> String {
    let root = root.display();
    let mailbox = |user: &str| {
        let (name, domain) = user.split_once('@').unwrap();
        format!("{{ {user} = {domain}/{name}/ }}")
    };
    let mailboxes = [MAIRIE, BUREAU, GREY, CLOSED, FULL].map(mailbox).join(" ");
    format!(
        "\
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {root}/postfix.log
maillog_file_prefixes = {root}
syslog_name = throw-away
myhostname = mail.invalid
mydestination =
mynetworks =
relay_domains =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
smtp_host_lookup = native
smtpd_peername_lookup = no
alias_maps =
alias_database =
local_transport = error:5.1.1 nobody lives here
virtual_mailbox_domains = mairie.invalid bsn.invalid
virtual_mailbox_base = {root}/mail
virtual_mailbox_maps = inline:{{ {mailboxes} }}
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
transport_maps = inline:{{ {{ {CLOSED} = closed: }} {{ {FULL} = full: }} }}
smtpd_tls_cert_file = {root}/cert.pem
smtpd_tls_key_file = {root}/key.pem
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {root}/run/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = reject_unlisted_recipient, check_policy_service inet:127.0.0.1:{policy}
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
delay_warning_time = 1s
message_size_limit = 5000000
service_throttle_time = 1s
",
        policy = ports.policy
    )
}

/// `closed` and `full` are programs that refuse what they are given, for good (69) and for now (75).
fn master_cf(ports: &Ports) -> String {
    format!(
        "\
127.0.0.1:{} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
closed unix - n n - - pipe user=nobody argv=/bin/sh -c {{echo 5.2.1 closed; exit 69}}
full unix - n n - - pipe user=nobody argv=/bin/sh -c {{echo 4.2.2 full; exit 75}}
",
        ports.submission
    )
}

fn dovecot(root: &Path, ports: &Ports) -> String {
    let listener = |name: &str, port: u16, tls: &str| {
        format!("  inet_listener {name} {{\n    port = {port}\n    ssl = {tls}\n  }}\n")
    };
    let services = format!(
        "service imap-login {{\n{}{}}}\nservice pop3-login {{\n{}{}}}\n",
        listener("imap", ports.imap, "no"),
        listener("imaps", ports.imaps, "yes"),
        listener("pop3", ports.pop3, "no"),
        listener("pop3s", ports.pop3s, "yes"),
    );
    let root = root.display();
    format!(
        "\
protocols = imap pop3
listen = 127.0.0.1
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/dovecot.log
instance_name = throw-away
ssl = required
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
disable_plaintext_auth = yes
auth_mechanisms = plain login
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
mail_location = maildir:{root}/mail/%d/%n
first_valid_uid = 65534
first_valid_gid = 65534
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {root}/users
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home={root}/mail/%d/%n
}}
service auth {{
  unix_listener sasl {{
    mode = 0666
  }}
}}
{services}"
    )
}
