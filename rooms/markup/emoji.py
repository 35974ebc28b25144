"""Emoji by short code, with the names in common use: `:tada:` is 🎉."""

_TABLE = """
    smile 😄 smiley 😃 grin 😁 grinning 😀 joy 😂 rofl 🤣 laughing 😆 sweat_smile 😅 slightly_smiling_face 🙂
    upside_down_face 🙃 wink 😉 blush 😊 innocent 😇 heart_eyes 😍 star_struck 🤩 kissing_heart 😘 yum 😋
    stuck_out_tongue 😛 zany_face 🤪 hugs 🤗 thinking 🤔 shushing_face 🤫 neutral_face 😐 expressionless 😑 smirk 😏
    unamused 😒 roll_eyes 🙄 grimacing 😬 relieved 😌 pensive 😔 sleepy 😪 sleeping 😴 mask 😷 dizzy_face 😵
    exploding_head 🤯 partying_face 🥳 sunglasses 😎 nerd_face 🤓 confused 😕 worried 😟 open_mouth 😮 astonished 😲
    flushed 😳 pleading_face 🥺 fearful 😨 cry 😢 sob 😭 scream 😱 disappointed 😞 sweat 😓 tired_face 😫
    yawning_face 🥱 triumph 😤 rage 😡 angry 😠 skull 💀 poop 💩 clown_face 🤡 ghost 👻 alien 👽 robot 🤖 heart ❤️
    orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 broken_heart 💔 sparkling_heart 💖
    100 💯 boom 💥 dash 💨 zzz 💤 wave 👋 raised_hand ✋ ok_hand 👌 v ✌️ crossed_fingers 🤞 point_left 👈
    point_right 👉 point_up ☝️ point_down 👇 +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 fist ✊ clap 👏 raised_hands 🙌
    open_hands 👐 handshake 🤝 pray 🙏 writing_hand ✍️ muscle 💪 brain 🧠 eyes 👀 shrug 🤷 facepalm 🤦 tada 🎉
    confetti_ball 🎊 balloon 🎈 gift 🎁 trophy 🏆 medal 🏅 soccer ⚽ basketball 🏀 dart 🎯 game_die 🎲 chess_pawn ♟️
    art 🎨 musical_note 🎵 guitar 🎸 microphone 🎤 movie_camera 🎥 books 📚 book 📖 memo 📝 pencil2 ✏️ paperclip 📎
    pushpin 📌 calendar 📅 chart_with_upwards_trend 📈 bulb 💡 mag 🔍 lock 🔒 key 🔑 hammer 🔨 wrench 🔧 gear ⚙️
    link 🔗 computer 💻 phone ☎️ iphone 📱 email 📧 bell 🔔 hourglass ⌛ alarm_clock ⏰ watch ⌚ white_check_mark ✅
    heavy_check_mark ✔️ x ❌ warning ⚠️ no_entry ⛔ question ❓ exclamation ❗ recycle ♻️ arrow_up ⬆️
    arrow_down ⬇️ arrow_left ⬅️ arrow_right ➡️ red_circle 🔴 green_circle 🟢 sunny ☀️ cloud ☁️ umbrella ☔
    snowflake ❄️ zap ⚡ fire 🔥 rainbow 🌈 star ⭐ sparkles ✨ moon 🌙 earth_africa 🌍 rocket 🚀 airplane ✈️ car 🚗
    bike 🚲 train 🚆 house 🏠 dog 🐶 cat 🐱 mouse 🐭 fox_face 🦊 bear 🐻 panda_face 🐼 monkey 🐒 see_no_evil 🙈
    hear_no_evil 🙉 speak_no_evil 🙊 chicken 🐔 penguin 🐧 owl 🦉 frog 🐸 turtle 🐢 snake 🐍 whale 🐳 octopus 🐙 bug 🐛
    bee 🐝 unicorn 🦄 rose 🌹 sunflower 🌻 seedling 🌱 evergreen_tree 🌲 four_leaf_clover 🍀 apple 🍎 banana 🍌
    lemon 🍋 watermelon 🍉 grapes 🍇 avocado 🥑 pizza 🍕 hamburger 🍔 taco 🌮 bread 🍞 cheese 🧀 cake 🍰 birthday 🎂
    cookie 🍪 chocolate_bar 🍫 coffee ☕ tea 🍵 beer 🍺 beers 🍻 wine_glass 🍷 champagne 🍾
"""
_WORDS = _TABLE.split()
EMOJI = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))
