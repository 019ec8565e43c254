#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
# Reads a report as its readers do and shows it as a table, the same for all forms: a line a case, "SUBJECT|CASE|OUTCOME", the
# outcome being passed, failed VERDICT, skipped or trouble. Dies of what is not as the form has it.
#
#     perl table.pl json|tap|junit FILE
use strict;
use warnings;
use JSON::PP;
use TAP::Parser;

my ($form, $file) = @ARGV;
die "usage: table.pl json|tap|junit FILE\n" unless defined $file;
open(my $in, '<:raw', $file) or die "$file: $!\n";
my @lines = <$in>;
close $in;
binmode STDOUT, ':utf8';

sub row {
	my ($subject, $case, $outcome) = @_;
	# TAP has no '#', and no control characters, in names.
	s/[#\x00-\x1f]/_/g for $subject, $case;
	print "$subject|$case|$outcome\n";
}

sub from_json {
	for my $line (@lines) {
		die "no newline at the end\n" unless $line =~ s/\n\z//;
		my $one = JSON::PP->new->utf8->decode($line);
		my $judged = $one->{state} eq 'judged';
		my @keys = qw(case subject state seconds replay);
		push @keys, $judged ? qw(verdict passed injected evidence not_met mute code exit_status signal subject_s max_rss_kib allocations) : 'why';
		die "keys are @{[sort keys %$one]}\n" unless join(' ', sort @keys) eq join(' ', sort keys %$one);
		die "a number is none\n" if grep { defined $one->{$_} && $one->{$_} !~ /^-?[0-9.]+$/ } qw(seconds code exit_status signal allocations);
		die "passed, but not met: $one->{not_met}\n" if $judged && $one->{passed} == ($one->{not_met} ne '');
		my $outcome = $judged ? ($one->{passed} ? 'passed' : "failed $one->{verdict}") : $one->{state} eq 'skipped' ? 'skipped' : 'trouble';
		my $case = $one->{case};
		$case =~ s,^[^/]*/,,;
		row($one->{subject}, $case, $outcome);
	}
}

sub from_tap {
	my $parser = TAP::Parser->new({tap => join('', @lines)});
	my ($test, $outcome, @rows);
	while (my $result = $parser->next) {
		die 'not TAP: ' . $result->as_string . "\n" if $result->is_unknown;
		if ($result->is_test) {
			my ($subject, $case) = $result->description =~ /^- (.*?): (.*)$/ or die 'name: ' . $result->description . "\n";
			utf8::decode($_) for $subject, $case;
			push @rows, [$subject, $case, $result->has_skip ? 'skipped' : $result->is_ok ? 'passed' : 'trouble'];
		} elsif ($result->is_yaml) {
			my $found = $result->data;
			$rows[-1][2] = "failed $found->{verdict}" if $rows[-1][2] eq 'trouble' && defined $found->{verdict};
			die "no replay\n" unless $found->{replay} =~ /^ordeal replay /;
		}
	}
	die join("\n", $parser->parse_errors) . "\n" if $parser->parse_errors;
	die "version @{[$parser->version]}\n" unless $parser->version == 13;
	row(@$_) for @rows;
}

sub plain {
	my ($text) = @_;
	my %names = (lt => '<', gt => '>', quot => '"', amp => '&');
	$text =~ s/&(lt|gt|quot|amp);/$names{$1}/g;
	$text =~ s/\n/ /g;
	return $text;
}

# That it is well-formed xmllint says; here it is read line by line, as it is written.
sub from_junit {
	my $text = join('', @lines);
	utf8::decode($text) or die "not UTF-8\n";
	while ($text =~ m{<testcase classname="([^"]*)" name="([^"]*)" time="\d+\.\d{3}">\n(.*?)</testcase>}gs) {
		my ($subject, $case, $inside) = ($1, $2, $3);
		my $outcome = $inside =~ /^ *<skipped message="[^"]*"\/>$/m ? 'skipped'
			: $inside =~ /^ *<failure type="([a-z]+)" message="([^"]*)">/m ? "failed $1"
			: $inside =~ /^ *<error type="trouble" message="[^"]*">/m ? 'trouble' : 'passed';
		row(plain($subject), plain($case), $outcome);
	}
}

my %reads = (json => \&from_json, tap => \&from_tap, junit => \&from_junit);
$reads{$form} or die "no such form: $form\n";
$reads{$form}->();
