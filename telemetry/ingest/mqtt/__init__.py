"""The door for packets that come over the plant's MQTT broker."""
