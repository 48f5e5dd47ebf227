# The wire of mailroom in Perl without any library: MessagePack, ZMTP and the link. client.pl and worker.pl use it.
# "Section" is one of common/PROTOCOL.md; docs/client.md goes through it with a transcript.
use strict;
use warnings;
use IO::Socket::INET;
use IO::Socket::UNIX;

my %NUMBER = (CONNECT => 0, DISCONNECT => 1, STARTED => 2, SHUTDOWN => 3, ERROR => 4, RESULT => 6, SUBMIT => 7,
              CANCEL => 11, WAITING => 12, IMPORTPATH => 14, HELLO => 32, WELCOME => 33, PING => 34, PONG => 35,
              ACK => 36, CHUNK => 37);
my %KIND = reverse %NUMBER;
my ($CHUNK_SIZE, $WINDOW) = (262144, 8 << 20);    # bytes: a larger body is cut; so much may be under way

# -- MessagePack, as far as section 1 has it; a writer may choose any width

sub uint  { pack 'C Q>', 0xcf, $_[0] }
sub str   { pack 'C N/a*', 0xdb, $_[0] }
sub bin   { pack 'C N/a*', 0xc6, $_[0] }
sub array { pack('C N', 0xdd, scalar @_) . join '', @_ }
our $NIL = "\xc0";

my %WIDTH = (0xcc => 'C', 0xcd => 'n', 0xce => 'N', 0xcf => 'Q>', 0xc4 => 'C', 0xc5 => 'n', 0xc6 => 'N',
             0xd9 => 'C', 0xda => 'n', 0xdb => 'N', 0xdc => 'n', 0xdd => 'N');

sub read_value {    # takes one value off the front of $_[0]
    my $tag = ord substr $_[0], 0, 1, '';
    return undef if $tag == 0xc0;
    return $tag if $tag < 0x80;
    my $number = $tag < 0xa0 ? $tag & 15 : $tag & 31;    # the length of a short array, of a short text
    $number = unpack $WIDTH{$tag}, substr $_[0], 0, length(pack $WIDTH{$tag}, 0), '' if $WIDTH{$tag};
    return $number if $tag >= 0xcc && $tag <= 0xcf;
    return [map { read_value($_[0]) } 1 .. $number] if $tag < 0xa0 || $tag >= 0xdc;
    return substr $_[0], 0, $number, '';
}

# -- ZMTP 3.0 without keys (rfc.zeromq.org/spec/23): a greeting, READY, then frames

my $socket;

sub put {
    my ($data) = @_;
    while (length $data) {
        my $wrote = syswrite $socket, $data or die "$0: the other side is gone\n";
        substr $data, 0, $wrote, '';
    }
}

sub get {
    my ($size, $data) = ($_[0], '');
    while (length $data < $size) {
        sysread $socket, $data, $size - length $data, length $data or die "$0: the other side is gone\n";
    }
    return $data;
}

sub put_frame {    # flags: 1 more frames follow, 2 a long frame, 4 a command
    my ($flags, $data) = @_;
    put(length $data < 256 ? pack 'C C/a*', $flags, $data : pack 'C Q>/a*', $flags | 2, $data);
}

sub get_frame {
    my $flags = ord get(1);
    return ($flags & 1, get($flags & 2 ? unpack 'Q>', get(8) : ord get(1)));
}

sub random_bytes { join '', map { chr int rand 256 } 1 .. $_[0] }

sub open_socket {    # HOST:PORT, tcp://HOST:PORT or ipc://PATH
    my ($address) = @_;
    my ($path) = $address =~ m{^ipc://(.*)};
    $socket = $path ? IO::Socket::UNIX->new(Peer => $path) : IO::Socket::INET->new(PeerAddr => $address =~ s{^tcp://}{}r);
    die "$0: $address: $!\n" if !$socket;
    put("\xff" . "\0" x 8 . "\x7f\3\0" . pack 'a20 x32', 'NULL');
    put_frame(4, "\5READY" . pack '(C/a* N/a*)*', 'Socket-Type', 'DEALER', 'Identity', "\1" . random_bytes(15));
    get(64);
    get_frame();    # its READY: nothing may be sent before it
}

# -- the link, section 3: each message has a number, and says which one was received last

my ($sent, $received, $pieces) = (0, 0, '');

sub send_message {    # numbered, with its body in pieces if it is large
    my ($kind, $body, @fields) = @_;
    my $whole = length $body;
    die "$0: $whole bytes; more than $WINDOW need a sender that waits for ACKs (section 3, Window)\n" if $whole > $WINDOW;
    send_message_part('CHUNK', substr($body, 0, $CHUNK_SIZE, ''), uint($whole)) while length $body > $CHUNK_SIZE;
    send_message_part($kind, $body, @fields);
}

sub send_message_part {
    my ($kind, $body, @fields) = @_;
    my $number = $kind =~ /^(HELLO|PONG|ACK)$/ ? 0 : ++$sent;
    put_frame(length $body ? 1 : 0, array(uint(1), uint($NUMBER{$kind}), uint($number), uint($received), @fields));
    put_frame(0, $body) if length $body;
}

sub receive_message {    # the next one that is not the link's own: its kind, its fields from number 4 on, its body
    while (1) {
        my ($more, $header) = get_frame();
        my $body = $more ? (get_frame())[1] : '';
        my (undef, $number, $seq, undef, @fields) = @{read_value($header)};
        my $kind = $KIND{$number} // $number;
        $received = $seq if $seq;
        send_message_part('PONG', '') if $kind eq 'PING';
        send_message_part('ACK', '') if $seq;
        $pieces .= $body;
        next if $kind =~ /^(CHUNK|PING|PONG|ACK)$/;
        (my $whole, $pieces) = ($pieces, '');
        return ($kind, \@fields, $whole);
    }
}

sub received { $received }    # the number of the last message

sub expect {
    my ($wanted) = @_;
    my ($kind, $fields, $body) = receive_message();
    die "$0: $fields->[1]\n" if $kind eq 'ERROR';    # code, text, ...
    die "$0: $kind came in place of $wanted\n" if $kind ne $wanted;
    return ($fields, $body);
}

sub hello {    # the handshake: section 3
    my ($role, $name) = @_;
    my ($new_link, $no_session, $heartbeat) = ($NIL, $NIL, 0);    # a session without a token ends with its link
    my $safe = 32;    # a feature: nothing is lost that was not safe, for this process has one link, and ends with it
    send_message('HELLO', '', uint($role), bin(random_bytes(16)), bin(random_bytes(16)), $new_link, uint(0), $no_session,
                 uint($heartbeat), uint(60000), uint($WINDOW), uint(1 << 30), str("$0 1"), str($name), uint(0), uint($safe));
    expect('WELCOME');
}

1;
