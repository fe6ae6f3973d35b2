#include "tests/support/registry/request_parser.hpp"

#include <algorithm>
#include <charconv>

#include "resolver/base/text.hpp"

namespace lock::test {
namespace {

constexpr std::size_t most_head = std::size_t{1} << 18;
constexpr std::size_t most_body = std::size_t{512} << 20;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

std::optional<std::size_t> number(std::string_view text, int base) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end == text.data() || value > most_body) return std::nullopt;
  return value;
}

}  // namespace

std::string Request::header(std::string_view name) const {
  std::string out;
  for (const auto& [key, value] : headers) {
    if (key == name) out += (out.empty() ? "" : ", ") + value;
  }
  return out;
}

bool Request::has(std::string_view name) const {
  return std::ranges::any_of(headers, [&](const auto& field) { return field.first == name; });
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (const auto value = text[i] == '%' ? number(text.substr(i + 1, 2), 16) : std::nullopt) {
      out += static_cast<char>(*value);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::vector<std::string> parameters(std::string_view query, std::string_view name) {
  std::vector<std::string> values;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (percent_decode(pair.substr(0, equals)) == name) {
      values.push_back(percent_decode(pair.substr(std::min(equals + 1, pair.size()))));
    }
  }
  return values;
}

std::optional<std::string> parameter(std::string_view query, std::string_view name) {
  const auto values = parameters(query, name);
  return values.empty() ? std::nullopt : std::optional(values.front());
}

void RequestParser::feed(std::string_view bytes) {
  buffer_ += bytes;
  step();
}

std::optional<Request> RequestParser::take() {
  if (state_ != State::complete) step();
  if (state_ != State::complete) return std::nullopt;
  state_ = State::head;
  continue_ = false;
  return std::exchange(request_, {});
}

bool RequestParser::wants_continue() {
  const bool waiting = continue_ && state_ != State::complete && buffer_.empty();
  if (waiting) continue_ = false;
  return waiting;
}

// A line without its end, taken from the buffer; false when it is not complete.
bool RequestParser::parse_line(std::string_view& line) {
  const std::size_t end = buffer_.find('\n');
  if (end == Bytes::npos) {
    failed_ = failed_ || buffer_.size() > most_head;
    return false;
  }
  line = without_blanks(std::string_view(buffer_).substr(0, end));
  return true;
}

bool RequestParser::parse_head() {
  buffer_.erase(0, std::min(buffer_.find_first_not_of("\r\n"), buffer_.size()));
  // A TLS handshake at a plain door: no method begins so.
  if (!buffer_.empty() && (buffer_[0] < 'A' || buffer_[0] > 'Z')) return !(failed_ = true);
  const std::size_t end = buffer_.find("\r\n\r\n");
  if (end == Bytes::npos) {
    failed_ = buffer_.size() > most_head;
    return false;
  }
  std::string_view head = std::string_view(buffer_).substr(0, end);
  bool first = true;
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(line.size() + 2, head.size()));
    if (std::exchange(first, false)) {
      const std::size_t blank = line.find(' ');
      const std::size_t last = line.rfind(' ');
      if (blank == std::string_view::npos || last == blank) return !(failed_ = true);
      request_.method = line.substr(0, blank);
      request_.target = line.substr(blank + 1, last - blank - 1);
    } else {
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos) return !(failed_ = true);
      request_.headers.emplace_back(lower(line.substr(0, colon)), without_blanks(line.substr(colon + 1)));
    }
  }
  // To a proxy the target is a whole URL: what stands behind the host counts.
  const std::size_t start = request_.target.starts_with("http://") ? request_.target.find('/', 7) : 0;
  const std::size_t question = std::min(request_.target.find('?'), request_.target.size());
  request_.path = start < question ? request_.target.substr(start, question - start) : "/";
  request_.query = request_.target.substr(std::min(question + 1, request_.target.size()));
  buffer_.erase(0, end + 4);
  return true;
}

void RequestParser::step() {
  std::string_view line;
  while (!failed_ && state_ != State::complete) {
    switch (state_) {
      case State::head:
        if (!parse_head()) return;
        continue_ = lower(request_.header("expect")) == "100-continue";
        if (lower(request_.header("transfer-encoding")).ends_with("chunked")) {
          state_ = State::chunk_size;
        } else if (request_.has("content-length")) {
          const auto size = number(request_.header("content-length"), 10);
          failed_ = !size;
          left_ = size.value_or(0);
          state_ = State::body;
        } else {
          state_ = State::complete;
        }
        break;
      case State::body:
      case State::chunk: {
        const std::size_t count = std::min(left_, buffer_.size());
        request_.body.append(buffer_, 0, count);
        buffer_.erase(0, count);
        left_ -= count;
        failed_ = request_.body.size() > most_body;
        if (left_ > 0) return;
        state_ = state_ == State::body ? State::complete : State::chunk_end;
        break;
      }
      case State::chunk_size: {
        if (!parse_line(line)) return;
        const auto size = number(line, 16);
        failed_ = !size;
        left_ = size.value_or(0);
        state_ = left_ == 0 ? State::trailer : State::chunk;
        buffer_.erase(0, buffer_.find('\n') + 1);
        break;
      }
      case State::chunk_end:
        if (!parse_line(line)) return;
        state_ = State::chunk_size;
        buffer_.erase(0, buffer_.find('\n') + 1);
        break;
      case State::trailer: {
        if (!parse_line(line)) return;
        const bool last = line.empty();
        buffer_.erase(0, buffer_.find('\n') + 1);
        if (last) state_ = State::complete;
        break;
      }
      case State::complete: break;
    }
  }
}

}  // namespace lock::test
