package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.firewall.config.AddressBook;
import java.util.ArrayList;
import java.util.List;

/** {@code show security address-book}. */
public final class AddressBookShow {
  private AddressBookShow() {}

  /** Every book with its addresses and sets, in the order written. */
  public static Page page(List<AddressBook> books) {
    Page page = new Page("address-book-information");
    if (books.isEmpty()) {
      return page.line("No address books are configured");
    }
    boolean first = true;
    for (AddressBook book : books) {
      if (!first) {
        page.blank();
      }
      first = false;
      book(page, book);
    }
    return page;
  }

  private static void book(Page page, AddressBook book) {
    page.line("Address book: %s", book.name());
    Element.Builder element =
        Element.builder("address-book")
            .leaf("address-book-name", book.name())
            .leafIfPresent("description", book.description());
    if (book.description() != null) {
      page.line("  Description: %s", book.description());
    }
    if (!book.zones().isEmpty()) {
      page.line("  Zones: %s", String.join(", ", book.zones()));
      book.zones().forEach(zone -> element.leaf("zone-name", zone));
    }
    for (AddressBook.Entry entry : book.entries()) {
      page.line("  %-24s %s", entry.name(), entry.text());
      element.child(
          Element.builder("address")
              .leaf("address-name", entry.name())
              .leafIfPresent("description", entry.description())
              .leaf("address-value", entry.text()));
    }
    for (AddressBook.Group set : book.sets()) {
      List<String> members = new ArrayList<>(set.addresses());
      members.addAll(set.sets());
      page.line("  %-24s set of %s", set.name(), String.join(", ", members));
      Element.Builder group =
          Element.builder("address-set")
              .leaf("address-set-name", set.name())
              .leafIfPresent("description", set.description());
      set.addresses().forEach(member -> group.leaf("address-name", member));
      set.sets().forEach(member -> group.leaf("member-set-name", member));
      element.child(group);
    }
    page.element(element);
  }
}
