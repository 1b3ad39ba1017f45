package client

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	api "github.com/slack-go/slack"
)

// Verdict is what an error of a call means.
type Verdict int

const (
	Done    Verdict = iota
	Limited         // 429: not carried out, come back later
	Unclear         // no answer, or one that says nothing: it may have been carried out
	Broken          // refused until somebody changes tokens, scopes, the channel or a rule of the workspace
	Refused         // refused for what was asked: asked again as it is, it is refused again
)

// wordSet is a set of Slack's words.
func wordSet(list string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		out[w] = true
	}
	return out
}

// What is not named here is Broken: whatever keeps a call from working is waited
// for and tried again, so that a word nobody has heard of heals as the others do.
var (
	limited = wordSet("ratelimited rate_limited message_limit_exceeded")
	// "some aspect of the operation may have succeeded", and what passes by itself
	unclear = wordSet("internal_error fatal_error service_unavailable request_timeout team_added_to_org update_failed fetch_members_failed list_record_comment_fetch_failed")
	// what was said: blocks, text, metadata, arguments of one call
	content = wordSet(`invalid_blocks invalid_blocks_format msg_blocks_too_long msg_blocks_too_many invalid_arguments block_mismatch
		msg_too_long no_text invalid_attachments too_many_attachments attachment_payload_limit_exceeded markdown_text_conflict too_many_contact_cards
		metadata_too_large invalid_metadata_format invalid_metadata_schema metadata_must_be_sent_from_app invalid_metadata_filter_keys
		view_too_large duplicate_external_id invalid_limit invalid_cursor invalid_ts_latest invalid_ts_oldest bad_timestamp invalid_name no_item_specified
		no_dual_broadcast_content_update cant_broadcast_message missing_profile_id users_list_not_supplied not_enough_users invalid_user_combination too_many_users
		cannot_reply_to_message invalid_thread_ts duplicate_channel_not_found duplicate_message_not_found draft_already_deleted draft_already_sent draft_has_conflict draft_not_found`)
	// what was meant is gone, or is as it was to become
	gone = wordSet(`message_not_found cant_update_message edit_window_closed is_inactive streaming_state_conflict cant_delete_message compliance_exports_prevent_deletion
		thread_not_found not_found view_not_found hash_conflict exchanged_trigger_id push_limit_reached expired_trigger_id invalid_trigger_id
		user_not_found users_not_found user_not_visible user_disabled user_not_in_channel user_is_bot no_such_subteam subteam_not_found
		already_reacted no_reaction not_reactable too_many_emoji too_many_reactions file_not_found file_comment_not_found file_deleted file_is_deleted`)
	// frozen are answers to an update after which a message stays as it is
	frozen = wordSet("message_not_found cant_update_message edit_window_closed is_inactive streaming_state_conflict")
	// about the channel: another one may do
	aboutPlace = wordSet(`channel_not_found not_in_channel is_archived restricted_action restricted_action_read_only_channel restricted_action_thread_only_channel
		restricted_action_non_threadable_channel restricted_action_thread_locked thread_locked posting_to_channel_denied channel_is_limited_access messages_tab_disabled
		method_not_supported_for_channel_type no_access missing_scope no_permission`)
	// about the token: no call works until it is repaired, and any that works proves it
	aboutToken = wordSet(`invalid_auth not_authed token_revoked token_expired account_inactive app_uninstalled org_login_required two_factor_setup_required
		accesslimited forbidden_team is_bot`)
)

// repairs says for errors that need a person what is wrong and what to do. Longer
// words that begin like one of these share its sentence.
var repairs = map[string]string{
	"channel_not_found":                        "Slack does not know the channel, or the bot may not see it. Check its id (slack_channel, slack_queues) and invite the bot.",
	"not_in_channel":                           "The bot is not in the channel. Invite it there with /invite.",
	"is_archived":                              "The channel is archived. Unarchive it or name another one (slack_channel, slack_queues).",
	"restricted_action":                        "A workspace setting forbids the bot to post there. Ask a Slack admin.",
	"restricted_action_read_only_channel":      "The channel is read-only for the bot. Ask a Slack admin to let the app post there, or name another channel.",
	"restricted_action_thread_only_channel":    "The channel takes replies in threads only. Ask a Slack admin, or name another channel.",
	"restricted_action_non_threadable_channel": "The channel takes no replies in threads. Ask a Slack admin, or name another channel.",
	"restricted_action_thread_locked":          "An admin locked the thread. Ask a Slack admin to unlock it.",
	"thread_locked":                            "An admin locked the thread. Ask a Slack admin to unlock it.",
	"posting_to_channel_denied":                "A workspace setting forbids the bot to post there. Ask a Slack admin.",
	"channel_is_limited_access":                "The channel is open to some people only. Ask a Slack admin to let the app in, or name another channel.",
	"messages_tab_disabled":                    "The app's Messages tab is off. Turn it on under App Home (the manifest has it).",
	"external_channel_migrating":               "Slack is moving the channel. It goes on by itself.",
	"slack_connect":                            "The other company's rules for shared channels forbid it. Ask a Slack admin, or name a channel of your own.",
	"invalid_auth":                             "Slack refuses the token. Check slack_bot_token and slack_app_token, and whether the app may be used from this network.",
	"not_authed":                               "Slack got no token. Set slack_bot_token.",
	"token_revoked":                            "The token was revoked. Install the app again and set the new token.",
	"token_expired":                            "The token expired. Install the app again and set the new token.",
	"account_inactive":                         "The token's account was deactivated. Install the app again.",
	"app_uninstalled":                          "The app was removed from the workspace. Install it again.",
	"missing_scope":                            "The app lacks a permission. Install it again with deploy/slack-manifest.yaml; `footnote doctor` names what is missing.",
	"not_allowed_token_type":                   "The token is of the wrong kind: slack_bot_token begins with xoxb-, slack_app_token with xapp-.",
	"no_permission":                            "The app lacks a permission, or is not in the conversation. Invite it, or install it again with deploy/slack-manifest.yaml.",
	"access_denied":                            "Slack denies the app access. Ask a Slack admin.",
	"accesslimited":                            "Slack takes no calls from this network. Ask a Slack admin about the allowed addresses.",
	"app_access_restricted":                    "A workspace setting restricts the app. Ask a Slack admin.",
	"ekm_access_denied":                        "The workspace's key management denies access. Ask a Slack admin.",
	"enterprise_is_restricted":                 "A policy of the enterprise forbids this call. Ask an admin of the organisation.",
	"org_login_required":                       "The workspace is being moved to an organisation. Wait, or ask a Slack admin.",
	"team_access_not_granted":                  "The app is not granted to this workspace. Ask a Slack admin.",
	"forbidden_team":                           "The app may not be used in this workspace. Ask a Slack admin.",
	"two_factor_setup_required":                "The workspace asks for two-factor sign-in. Ask a Slack admin.",
	"plan_upgrade_required":                    "The workspace's plan has no user groups. Leave slack_groups empty.",
	"not_enabled":                              "The app's Home tab is off. Turn it on under App Home (the manifest has it).",
	"user_is_restricted":                       "The app's account is restricted. Ask a Slack admin.",
	"link_disabled":                            "Socket Mode is off. Turn it on under Socket Mode in the app's settings.",
}

// Repair says what is wrong and what to do about one of Slack's words.
func Repair(code string) string {
	if s, ok := repairs[code]; ok {
		return s
	}
	for cut := strings.LastIndex(code, "_"); cut > 0; cut = strings.LastIndex(code[:cut], "_") {
		if s, ok := repairs[code[:cut]]; ok {
			return s
		}
	}
	return "Slack refuses the request (" + code + "). Check tokens, permissions and what stands between this machine and Slack. It is tried again by itself."
}

// verdictOf reads Slack's word for an error.
func verdictOf(code string) Verdict {
	switch {
	case code == "":
		return Unclear
	case limited[code]:
		return Limited
	case unclear[code]:
		return Unclear
	case content[code], gone[code]:
		return Refused
	}
	return Broken
}

// Classify reads an error of Slack's client library; code is Slack's word for it.
func Classify(err error) (v Verdict, code string) {
	if err == nil {
		return Done, ""
	}
	if _, ok := errors.AsType[*api.RateLimitedError](err); ok {
		return Limited, "ratelimited"
	}
	if s, ok := errors.AsType[api.StatusCodeError](err); ok {
		v, code := byStatus(s.Code)
		return v, code
	}
	if r, ok := errors.AsType[api.SlackErrorResponse](err); ok {
		return verdictOf(r.Err), r.Err
	}
	return Unclear, "no_answer"
}

// byStatus reads an answer that is not in Slack's words.
func byStatus(status int) (Verdict, string) {
	code := fmt.Sprintf("http_%d", status)
	switch {
	case status == http.StatusTooManyRequests:
		return Limited, "ratelimited"
	case status >= 500 || status == http.StatusRequestTimeout:
		return Unclear, code
	}
	return Broken, code
}

// LayoutRefused tells whether Slack would take the same words in a simpler layout.
func LayoutRefused(code string) bool {
	return slices.Contains([]string{"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_blocks_too_many", "invalid_arguments"}, code)
}

// Frozen tells whether an update was refused because the message is gone, or can
// never be changed again; there says that it still stands as it was.
func Frozen(code string) (is, there bool) {
	return frozen[code], frozen[code] && code != "message_not_found"
}
