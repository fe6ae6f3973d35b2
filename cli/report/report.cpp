#include "cli/report/report.hpp"

#include <algorithm>
#include <array>

#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace json = boost::json;

std::string paint(bool colour, std::string_view code, std::string_view text) {
  if (!colour || text.empty()) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

std::string render_json(const Report& report, const Style&) { return json::serialize(report.document) + "\n"; }
std::string render_text(const Report& report, const Style& style) { return report.text ? report.text(style) : ""; }

constexpr std::array kFormats = {
    Format{"json", "the stable contract, \"schema\": 1", render_json},
    Format{"text", "for people, the default", render_text},
};

std::string_view severity_name(image::Severity severity) {
  switch (severity) {
    case image::Severity::error: return "error";
    case image::Severity::warning: return "warning";
    case image::Severity::note: return "note";
  }
  return "error";
}

std::string severity_text(image::Severity severity, const Style& style) {
  const auto name = severity_name(severity);
  if (severity == image::Severity::error) return style.red(name);
  return severity == image::Severity::warning ? style.yellow(name) : style.dim(name);
}

void put(json::object& object, std::string_view name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

std::string where(const image::Finding& finding) {
  const Place& place = finding.place;
  if (place.file.empty()) return {};
  return base::harmless(place.file) + ":" + std::to_string(place.position.line) + ":" +
         std::to_string(place.position.column) + ": ";
}

std::string indented(std::string_view text, std::string_view prefix) {
  std::string out;
  for (const auto line : base::split(text, '\n')) out += std::string(prefix) + std::string(line) + "\n";
  return out;
}

std::string details(const image::Finding& finding, const Style& style) {
  std::string out;
  if (!finding.object.empty()) out += "  in:       " + base::harmless(finding.object) + "\n";
  if (!finding.expected.empty()) out += "  expected: " + base::harmless(finding.expected) + "\n";
  if (!finding.actual.empty()) out += "  actual:   " + base::harmless(finding.actual) + "\n";
  if (const auto caret = base::draw_caret(finding.place); !caret.empty()) out += indented(caret, "  | ");
  if (!finding.hint.empty()) out += "  " + style.bold("hint:") + " " + base::harmless(finding.hint) + "\n";
  return out;
}

}  // namespace

std::string Style::bold(std::string_view text) const { return paint(colour, "1", text); }
std::string Style::red(std::string_view text) const { return paint(colour, "1;31", text); }
std::string Style::yellow(std::string_view text) const { return paint(colour, "1;33", text); }
std::string Style::green(std::string_view text) const { return paint(colour, "1;32", text); }
std::string Style::dim(std::string_view text) const { return paint(colour, "2", text); }

std::span<const Format> formats() { return kFormats; }

const Format* find_format(std::string_view name) {
  const auto found = std::ranges::find(kFormats, name, &Format::name);
  return found == kFormats.end() ? nullptr : &*found;
}

json::object to_json(const image::Finding& finding) {
  json::object out;
  out["check"] = finding.check;
  out["severity"] = severity_name(finding.severity);
  out["message"] = finding.message;
  put(out, "hint", finding.hint);
  put(out, "reference", finding.reference);
  put(out, "digest", finding.digest);
  put(out, "expected", finding.expected);
  put(out, "actual", finding.actual);
  if (!finding.place.file.empty()) {
    out["file"] = finding.place.file;
    out["line"] = finding.place.position.line;
    out["column"] = finding.place.position.column;
  }
  put(out, "object", finding.object);
  return out;
}

json::object to_json(const image::Undetermined& undetermined) {
  json::object out = to_json(undetermined.finding);
  put(out, "cause", undetermined.cause);
  return out;
}

json::array to_json(std::span<const image::Finding> findings) {
  json::array out;
  for (const auto& finding : findings) out.push_back(to_json(finding));
  return out;
}

json::array to_json(std::span<const image::Undetermined> undetermined) {
  json::array out;
  for (const auto& one : undetermined) out.push_back(to_json(one));
  return out;
}

std::string to_text(const image::Finding& finding, const Style& style) {
  return where(finding) + severity_text(finding.severity, style) + ": " + base::harmless(finding.message, 2000) + " " +
         style.dim("[" + finding.check + "]") + "\n" + details(finding, style);
}

std::string to_text(const image::Undetermined& undetermined, const Style& style) {
  const auto& finding = undetermined.finding;
  std::string out = where(finding) + style.yellow("undetermined") + ": " + base::harmless(finding.message, 2000) + " " +
                    style.dim("[" + finding.check + "]") + "\n";
  if (!undetermined.cause.empty()) out += "  cause:    " + base::harmless(undetermined.cause, 2000) + "\n";
  return out + details(finding, style);
}

}  // namespace lock::cli
