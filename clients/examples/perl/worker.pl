#!/usr/bin/env perl
# A worker: a task's result is its body with the lines in reverse order.
#
#     mailroom-shim -- clients/examples/perl/worker.pl        tasks: mailroom map --runtime reverse < lines
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename;
require(dirname(abs_path(__FILE__)) . "/wire.pl");
our $NIL;

sub address { array(map { defined $_ ? uint($_) : $NIL } @{$_[0]}) }

open_socket($ENV{MAILROOM_SHIM} // die "$0 is started by mailroom-shim\n");
my ($worker, $id, $read) = (3, undef, 0);    # its role, its id, the number of the last SUBMIT
hello($worker, $ENV{MAILROOM_WORKER});

while (1) {
    my ($kind, $fields, $body) = receive_message();
    exit 0 if $kind eq 'SHUTDOWN' || $kind eq 'DISCONNECT';
    if ($kind eq 'CONNECT' && !defined $id) {
        $id = $fields->[2][0][0];            # the first number of the first range
        send_message('STARTED', '', uint(1), array(array(str('reverse'), str('1'))));
        waiting();
    } elsif ($kind eq 'SUBMIT') {
        run($fields->[0], $body);
        waiting();
    }
}

sub run {
    my ($task, $body) = @_;
    my ($address, undef, $ancestors) = @$task;
    $read = received();
    my $result = eval { join '', reverse split /(?<=\n)/, $body };
    return send_message('RESULT', $result, address($address), uint($id), $NIL) if defined $result;
    my $root = @$ancestors ? $ancestors->[0] : $address;
    send_message('ERROR', '', uint(7), str($@), $NIL, $NIL, $NIL, address($address), address($root));    # TASK_FAILED
}

sub waiting {    # idle, and room for one task: section 5
    send_message('WAITING', '', uint(1), uint(1), uint($read));
}
