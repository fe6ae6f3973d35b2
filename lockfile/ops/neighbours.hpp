// The neighbours of one file that its collectors ask for: the `.env` beside a Compose file, the Dockerfile that it
// names. Files of the listing only, each read once, links not followed. They are kept while that one file is read and
// no longer, and all of one file's neighbours together are at most 64 MiB, so that a scan never holds more than a few.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/collect/source.hpp"
#include "resolver/image/occurrence.hpp"
#include "resolver/tree/descent.hpp"
#include "resolver/tree/listing.hpp"

namespace lock::ops {

// Reads files of a listing for several threads. The listing must outlive it.
class NeighbourReader {
 public:
  [[nodiscard]] static Result<NeighbourReader> of(const tree::Listing& listing);

  [[nodiscard]] bool lists(std::string_view path) const { return listing_->find(path) != nullptr; }
  void read(std::string_view path, std::size_t most, tree::Contents& contents);

 private:
  struct Place {
    std::mutex mutex;
    tree::Descent descent;
  };
  NeighbourReader(const tree::Listing& listing, tree::Descent descent)
      : listing_(&listing), place_(new Place{{}, std::move(descent)}) {}

  const tree::Listing* listing_;
  std::unique_ptr<Place> place_;
};

// For one file and one thread.
class Neighbours final : public collect::Files {
 public:
  explicit Neighbours(NeighbourReader& reader) : reader_(reader) {}

  [[nodiscard]] const collect::SourceText* find(std::string_view path) const override;

  // What was asked for, is there, and could not be read: a warning at `file`, one for each.
  [[nodiscard]] std::vector<image::Problem> problems(const std::string& file) const;

 private:
  NeighbourReader& reader_;
  mutable std::map<std::string, std::unique_ptr<collect::SourceText>, std::less<>> read_;
  mutable std::map<std::string, std::string> unread_;  // path and why
  mutable std::size_t bytes_ = 0;
};

}  // namespace lock::ops
