/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What is true of a track: for a person, and for a judge. */
#include "corpora/tone.h"

#include "corpora/tone_kinds.h"

static const char *const formats[] = {[TONE_WAV] = "wav", [TONE_RF64] = "rf64", [TONE_W64] = "w64", [TONE_FLAC] = "flac"};

const char *tone_format_name(enum tone_format format)
{
	return formats[format];
}

/* ---- for a person ---- */

static void explain_tempo(const struct tone_shape *shape, struct buf *out)
{
	const bool changes = shape->bpm_end && shape->bpm_end != shape->bpm;
	if (shape->bpm && changes)
		buf_printf(out, "%u to %u BPM", shape->bpm, shape->bpm_end);
	else if (shape->bpm)
		buf_printf(out, "%u BPM", shape->bpm);
	else
		buf_text(out, "each of its own tempo");
	if (!shape->bpm && changes)
		buf_printf(out, " to %u BPM", shape->bpm_end);
	if (!shape->bpm_end && shape->content == TONE_RAMP)
		buf_text(out, " to 40 more");
}

void tone_explain(const struct tone_shape *shape, struct buf *out)
{
	switch (shape->content) {
	case TONE_CLICKS:
	case TONE_RAMP:
		explain_tempo(shape, out);
		break;
	case TONE_DRUMS:
		buf_text(out, "drums, ");
		explain_tempo(shape, out);
		break;
	case TONE_CHORD:
		if (shape->key)
			buf_printf(out, "chords in %s", tone_key_name(shape->key));
		else
			buf_text(out, "chords, each in its own key");
		break;
	case TONE_SWEEP:
		buf_printf(out, "a sweep from %u to %u Hz", shape->from, tone_sweep_end(shape));
		break;
	case TONE_SILENCE:
		buf_text(out, "silence");
		break;
	case TONE_WHITE:
	case TONE_PINK:
		buf_printf(out, "%s noise", tone_content_name(shape->content));
		break;
	case TONE_NAN:
	case TONE_INF:
		explain_tempo(shape, out);
		buf_text(out, shape->content == TONE_NAN ? ", some samples NaN" : ", some samples infinite");
		break;
	case TONE_CONTENTS:
		break;
	}
}

/* ---- for a judge ---- */

static void tell_uint(struct jsonw *to, const char *key, uint64_t number)
{
	jsonw_key(to, key);
	jsonw_uint(to, number);
}

static void tell_text(struct jsonw *to, const char *key, const char *text)
{
	jsonw_key(to, key);
	jsonw_text(to, text);
}

static void tell_tempo(const struct tone_track *track, struct jsonw *to)
{
	tell_uint(to, "bpm", track->bpm);
	if (track->bpm_end != track->bpm)
		tell_uint(to, "bpm_end", track->bpm_end);
	tell_uint(to, "beats", tone_beats(track));
}

/* With the steady tone under them, of each channel. */
static void tell_clicks(const struct tone_track *track, struct jsonw *to)
{
	jsonw_key(to, "hz");
	jsonw_array(to);
	for (uint32_t c = 0; c < track->channels; c++)
		jsonw_real(to, track->pitches[c] / 1000.0, 3);
	jsonw_close(to);
	tell_tempo(track, to);
}

static void tell_odd(const struct tone_track *track, struct jsonw *to)
{
	struct tone_odd odd[TONE_ODD_MAX];
	const size_t count = tone_odd(track, odd);
	jsonw_key(to, "non_finite");
	jsonw_array(to);
	for (size_t i = 0; i < count; i++) {
		jsonw_object(to);
		tell_uint(to, "frame", odd[i].frame);
		tell_text(to, "value", odd[i].sign > 0 ? "inf" : odd[i].sign < 0 ? "-inf" : "nan");
		jsonw_close(to);
	}
	jsonw_close(to);
}

static void tell_key(const struct tone_track *track, struct jsonw *to)
{
	tell_text(to, "key", tone_key_name(track->key));
	tell_text(to, "mode", track->key > 12 ? "minor" : "major");
}

static void tell_sweep(const struct tone_shape *shape, struct jsonw *to)
{
	tell_text(to, "sweep", shape->octaves ? "octave" : "linear");
	tell_uint(to, "hz_start", shape->from);
	tell_uint(to, "hz_end", tone_sweep_end(shape));
}

static void tell_content(const struct tone_shape *shape, const struct tone_track *track, struct jsonw *to)
{
	switch (shape->content) {
	case TONE_NAN:
	case TONE_INF:
		tell_odd(track, to);
		tell_clicks(track, to);
		break;
	case TONE_CLICKS:
	case TONE_RAMP:
		tell_clicks(track, to);
		break;
	case TONE_DRUMS:
		tell_tempo(track, to);
		break;
	case TONE_CHORD:
		tell_key(track, to);
		break;
	case TONE_SWEEP:
		tell_sweep(shape, to);
		break;
	case TONE_SILENCE:
	case TONE_WHITE:
	case TONE_PINK:
	case TONE_CONTENTS:
		break;
	}
}

void tone_tell(const struct tone_shape *shape, const struct tone_track *track, struct jsonw *to)
{
	tell_text(to, "format", tone_format_name(shape->format));
	tell_text(to, "encoding", pcm_kinds[shape->encoding].name);
	tell_uint(to, "rate", track->rate);
	tell_uint(to, "channels", track->channels);
	tell_uint(to, "frames", track->frames);
	jsonw_key(to, "seconds");
	jsonw_real(to, (double)track->frames / track->rate, 6);
	tell_text(to, "content", tone_content_name(shape->content));
	tell_content(shape, track, to);
}
