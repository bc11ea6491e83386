// Tables on stdout and in a JSON file: what report.h promises.
#include "report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

namespace gpu_check {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return out + '"';
}

std::string formatted(double number, int digits) {
  char text[64];
  snprintf(text, sizeof text, "%.*f", digits, number);
  return text;
}

std::string list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const std::string& item : items) out += (out.size() > 1 ? ",\n  " : "\n  ") + item;
  return out + (items.empty() ? "]" : "\n ]");
}

void print(const std::string& text, int width, bool to_the_right) {
  printf("%*s  ", to_the_right ? width : -width, text.c_str());
}

std::string reason(const std::string& what, const std::string& why) {
  return "{\"what\":" + quoted(what) + ",\"why\":" + quoted(why) + "}";
}

}  // namespace

Value::Value(std::string text, std::string json)
    : text(std::move(text)), json(std::move(json)), is_number(true) {}
Value::Value(const std::string& text) : text(text), json(quoted(text)), is_number(false) {}
Value::Value(uint64_t count) : Value(std::to_string(count), std::to_string(count)) {}
Value::Value(double number, int digits)  // JSON has neither infinities nor NaN
    : Value(formatted(number, digits), isfinite(number) ? formatted(number, digits + 3) : "null") {}

Value Value::none() { return {"-", "null"}; }

Value Value::flag(bool is, const char* if_so, const char* if_not) {
  Value value(is ? if_so : if_not);
  value.json = is ? "true" : "false";
  return value;
}

void Report::add(const Table& table, std::vector<Value> cells) {
  Rows* rows = nullptr;
  for (Rows& known : tables_)
    if (known.table == &table) rows = &known;
  if (!rows) {
    tables_.push_back({&table, {}});
    rows = &tables_.back();
    printf("\n%s\n  ", table.name);
    for (size_t i = 0; i < cells.size(); ++i)
      print(table.columns[i].name, table.columns[i].width, cells[i].is_number);
    printf("\n");
  }
  std::string object = "{";
  printf("  ");
  for (size_t i = 0; i < cells.size(); ++i) {
    print(cells[i].text, table.columns[i].width, cells[i].is_number);
    object += (i ? "," : "") + quoted(table.columns[i].name) + ":" + cells[i].json;
  }
  printf("\n");
  fflush(stdout);
  rows->objects.push_back(object + "}");
}

void Report::skip(const std::string& what, const std::string& why) {
  printf("skipped: %s (%s)\n", what.c_str(), why.c_str());
  skipped_.push_back(reason(what, why));
}

void Report::fail(const std::string& what, const std::string& why) {
  printf("FAILED: %s: %s\n", what.c_str(), why.c_str());
  failed_.push_back(reason(what, why));
}

bool Report::write_json(const char* path) const {
  FILE* file = fopen(path, "w");
  if (!file) return false;
  fprintf(file, "{\n");
  for (const Rows& rows : tables_)
    fprintf(file, " %s: %s,\n", quoted(rows.table->name).c_str(), list(rows.objects).c_str());
  fprintf(file, " \"skipped\": %s,\n \"failed\": %s\n}\n", list(skipped_).c_str(),
          list(failed_).c_str());
  return fclose(file) == 0;
}

}  // namespace gpu_check
