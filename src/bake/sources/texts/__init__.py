"""From bytes to text: unpacked, decoded, and located."""
