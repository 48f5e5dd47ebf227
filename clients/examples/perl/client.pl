#!/usr/bin/env perl
# A client: its standard input becomes a task, and the task's result its output.
#
#     client.pl [ADDRESS] < input           the workers are those of `mailroom-shim --plain -- COMMAND`
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename;
require(dirname(abs_path(__FILE__)) . "/wire.pl");
our $NIL;

open_socket($ARGV[0] // 'ipc://' . ($ENV{MAILROOM_SOCKETS} // "/tmp/mailroom-$>") . '/broker');
my ($client, $deliver, $middle) = (0, 1, 128);    # its role; flags and priority of the task: section 4
hello($client, 'perl');

my $input = do { local $/; binmode STDIN; <STDIN> // '' };
my $address = array($NIL, uint(0), uint(0));
send_message('SUBMIT', $input, array($address, uint(0), array(), bin(random_bytes(16)), str('plain'), uint(0),
                                     uint($middle), uint($deliver), str('from Perl'), bin('')));
my (undef, $result) = expect('RESULT');
binmode STDOUT;
print $result;

send_message('DISCONNECT', '', uint(1), uint(0), str('done'));
expect('DISCONNECT');
