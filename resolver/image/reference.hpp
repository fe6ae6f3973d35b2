// Image references. Grammar: distribution/reference (Docker's), which every registry, runtime and chart speaks.
//
//   reference       := name [ ":" tag ] [ "@" digest ]
//   name            := [ domain "/" ] path-component [ "/" path-component ]*
//   domain          := host [ ":" port-number ]
//   host            := domain-name | "[" IPv6address "]"
//   domain-name     := domain-component [ "." domain-component ]*
//   domain-component:= [a-zA-Z0-9] | [a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]
//   path-component  := [a-z0-9]+ ( ( "." | "_" | "__" | "-"+ ) [a-z0-9]+ )*
//   tag             := [\w][\w.-]{0,127}
//   digest          := sha256:<64 hex> | sha512:<128 hex>
//
// The first component is a domain when it holds '.' or ':', is `localhost`, or has an upper-case letter; otherwise the
// name lies on docker.io, and a one-part name there gains `library/`. `index.docker.io` and `registry-1.docker.io` are
// docker.io. A name (domain and path) has at most 255 characters.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "resolver/base/error.hpp"
#include "resolver/image/digest.hpp"

namespace lock::image {

// Registry and repository, canonical: "docker.io" and "library/nginx". What tokens, caches and continuity are keyed by.
struct Repository {
  std::string registry;  // host[:port] as in canonical references; IPv6 in brackets
  std::string path;
  [[nodiscard]] std::string name() const { return registry + "/" + path; }
  friend auto operator<=>(const Repository&, const Repository&) = default;
};

// A canonical reference. It has a tag, a digest or both: a text with neither means the tag `latest`.
class Reference {
 public:
  // The place of an error has an empty file, line 1, and the text itself for the caret.
  [[nodiscard]] static Result<Reference> parse(std::string_view text);
  Reference(Repository repository, std::optional<std::string> tag, std::optional<Digest> digest);

  [[nodiscard]] const Repository& repository() const { return repository_; }
  [[nodiscard]] const std::optional<std::string>& tag() const { return tag_; }
  [[nodiscard]] const std::optional<Digest>& digest() const { return digest_; }
  [[nodiscard]] std::string canonical() const;                      // docker.io/library/nginx:1.25@sha256:…
  [[nodiscard]] std::string familiar() const;                       // nginx:1.25@sha256:…
  [[nodiscard]] Reference without_digest() const;                   // only for a reference that has a tag
  [[nodiscard]] Reference with_digest(const Digest& digest) const;  // keeps the tag
  [[nodiscard]] Reference by_digest(const Digest& digest) const;    // drops the tag
  friend auto operator<=>(const Reference&, const Reference&) = default;

 private:
  Repository repository_;
  std::optional<std::string> tag_;
  std::optional<Digest> digest_;
};

// Where name, tag and digest stand in a text that parses; used to make slots. `name` is never empty.
struct ReferenceParts {
  Span name;
  std::optional<Span> tag;
  std::optional<Span> digest;
};
[[nodiscard]] Result<ReferenceParts> split_reference(std::string_view text);

}  // namespace lock::image
